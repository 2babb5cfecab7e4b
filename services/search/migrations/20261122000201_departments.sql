-- squawk-ignore-file changing-column-type, renaming-column, adding-not-nullable-field, ban-drop-not-null, ban-drop-constraint, disallowed-unique-constraint, constraint-missing-not-valid
-- The table is small, and nobody but this service's one worker writes it.
-- migrate:up

-- A mobile team serves the departments of all its stops.
alter table profile drop constraint profile_department_categories_publics_exclusive_key;
alter table profile alter column department type text [] using array_remove(array[department], null);
alter table profile alter column department set not null;
alter table profile rename column department to departments;
alter table profile add unique (departments, categories, publics, exclusive);
update card set body = (body::jsonb || jsonb_build_object('departments', array[body ->> 'department']))::json
where body ->> 'department' is not null;

-- migrate:down
alter table profile drop constraint profile_departments_categories_publics_exclusive_key;
alter table profile rename column departments to department;
alter table profile alter column department drop not null;
alter table profile alter column department type text using department[1];
alter table profile add unique nulls not distinct (department, categories, publics, exclusive);
