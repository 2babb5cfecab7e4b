-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation
-- The table is small, and written by one worker only; nobody else reads the column.
-- migrate:up

-- A structure is in the files of every department it serves, those of a mobile team's stops included.
alter table export_line add column departments text [] not null default '{}';
update export_line set departments = array[department] where department is not null;
alter table export_line drop column department;
create index export_line_departments on export_line using gin (departments);

-- migrate:down
alter table export_line add column department text;
update export_line set department = departments[1];
alter table export_line drop column departments;
create index export_line_department on export_line (department, structure_id) where department is not null;
