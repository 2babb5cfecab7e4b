-- migrate:up
alter table contribution add column traceparent text;

-- migrate:down
-- squawk-ignore ban-drop-column
alter table contribution drop column traceparent;
