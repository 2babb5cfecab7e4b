-- squawk-ignore-file ban-drop-column, disallowed-unique-constraint, constraint-missing-not-valid
-- The table is small, and written by one worker only; nobody else reads the column.
-- migrate:up

-- A mobile team serves the departments of all its stops.
alter table profile add column departments text [] not null default '{}';
update profile set departments = array[department] where department is not null;
alter table profile drop column department;
alter table profile add unique (departments, categories, publics, exclusive);
update card set body = (body::jsonb || jsonb_build_object('departments', array[body ->> 'department']))::json
where body ->> 'department' is not null;

-- migrate:down
alter table profile add column department text;
update profile set department = departments[1];
alter table profile drop column departments;
alter table profile add unique nulls not distinct (department, categories, publics, exclusive);
