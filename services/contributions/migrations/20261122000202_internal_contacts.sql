-- squawk-ignore-file ban-drop-column, require-concurrent-index-creation, require-concurrent-index-deletion
-- The table of contributions is small.
-- migrate:up

-- Contacts proposed for staff alone: personal data, which leaves this table only sealed for the directory.
alter table contribution add column internal_contacts jsonb not null default '{}';
drop index contribution_with_contact;
create index contribution_with_contact on contribution (decided_at)
where contact_email is not null or contact_name is not null or internal_contacts <> '{}';

-- migrate:down
drop index contribution_with_contact;
create index contribution_with_contact on contribution (decided_at)
where contact_email is not null or contact_name is not null;
alter table contribution drop column internal_contacts;
