-- migrate:up

-- Whether all hours of a structure are the same every week: what they do in a week that is known, they do in any other.
alter table document add column is_weekly boolean not null default false;
-- Told by the worker as it computes openings, which it does at once for those that have run out.
update document set open_computed_until = now() where listed;

-- migrate:down
-- squawk-ignore ban-drop-column
alter table document drop column is_weekly;
