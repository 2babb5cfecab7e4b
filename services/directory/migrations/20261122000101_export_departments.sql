-- squawk-ignore-file changing-column-type, renaming-column, adding-not-nullable-field, ban-drop-not-null, require-concurrent-index-creation, require-concurrent-index-deletion
-- The table is small, and nobody but this service's one worker writes it.
-- migrate:up

-- A structure is in the files of every department it serves, those of a mobile team's stops included.
drop index export_line_department;
alter table export_line alter column department type text [] using array_remove(array[department], null);
alter table export_line alter column department set not null;
alter table export_line rename column department to departments;
create index export_line_departments on export_line using gin (departments);

-- migrate:down
drop index export_line_departments;
alter table export_line rename column departments to department;
alter table export_line alter column department drop not null;
alter table export_line alter column department type text using department[1];
create index export_line_department on export_line (department, structure_id) where department is not null;
