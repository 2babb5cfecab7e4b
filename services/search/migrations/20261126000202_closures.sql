-- migrate:up

-- When a structure is temporarily closed: searches leave it out then, unless they are asked for it.
alter table document add column closed_during tstzmultirange not null default '{}';

-- migrate:down
-- squawk-ignore ban-drop-column
alter table document drop column closed_during;
