-- migrate:up
alter table delivery add column traceparent text;
alter table message add column traceparent text;

-- migrate:down
-- squawk-ignore ban-drop-column
alter table message drop column traceparent;
-- squawk-ignore ban-drop-column
alter table delivery drop column traceparent;
