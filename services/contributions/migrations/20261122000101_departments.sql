-- squawk-ignore-file changing-column-type, renaming-column, adding-not-nullable-field, ban-drop-not-null, require-concurrent-index-creation, require-concurrent-index-deletion
-- The table is small, and nobody but this service reads the column.
-- migrate:up

-- The moderators of every department that a mobile team serves read what is said of it.
drop index contribution_by_department;
alter table contribution alter column department type text [] using array_remove(array[department], null);
alter table contribution alter column department set not null;
alter table contribution rename column department to departments;
create index contribution_by_departments on contribution using gin (departments);

-- migrate:down
drop index contribution_by_departments;
alter table contribution rename column departments to department;
alter table contribution alter column department drop not null;
alter table contribution alter column department type text using department[1];
create index contribution_by_department on contribution (department, status, id);
