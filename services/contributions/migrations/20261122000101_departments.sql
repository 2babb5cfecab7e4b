-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation
-- Nobody but this service reads the column, and its queue is short.
-- migrate:up

-- The moderators of every department that a mobile team serves read what is said of it.
alter table contribution add column departments text [] not null default '{}';
update contribution set departments = array[department] where department is not null;
alter table contribution drop column department;
create index contribution_by_departments on contribution using gin (departments);

-- migrate:down
alter table contribution add column department text;
update contribution set department = departments[1];
alter table contribution drop column departments;
create index contribution_by_department on contribution (department, status, id);
