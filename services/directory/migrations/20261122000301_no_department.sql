-- squawk-ignore-file ban-drop-column
-- migrate:up
alter table structure drop column department; -- the state has it, and nobody read it here

-- migrate:down
alter table structure add column department text;
update structure set department = state #>> '{address,department}';
