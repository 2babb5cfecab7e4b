-- migrate:up

-- Of a structure that has services with hours of their own: for each category that it offers, when such a service is
-- there, and when all of them are temporarily closed. Null for the others, which are nearly all.
alter table document add column service_categories text [];
alter table document add column service_open tstzmultirange [];
alter table document add column service_closed tstzmultirange [];

-- migrate:down
-- squawk-ignore ban-drop-column
alter table document drop column service_categories;
-- squawk-ignore ban-drop-column
alter table document drop column service_open;
-- squawk-ignore ban-drop-column
alter table document drop column service_closed;
