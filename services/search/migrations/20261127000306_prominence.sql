-- squawk-ignore-file renaming-column
-- migrate:up

-- How much a record says, and how large its town is: what orders results where nothing else does. Rows learn of their
-- town when they change, or from a rebuild.
alter table document rename column completeness to prominence;

-- migrate:down
alter table document rename column prominence to completeness;
