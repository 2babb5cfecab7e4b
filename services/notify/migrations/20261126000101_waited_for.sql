-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- The table is small: what is finished is forgotten.
-- migrate:up

-- What follows from a contribution is delivered before what a bulk import brought: somebody waits for it.
create index delivery_in_line on delivery (webhook_id, (correlation_id is null), next_attempt_at, id)
where next_attempt_at is not null;
drop index delivery_due;

-- migrate:down
create index delivery_due on delivery (webhook_id, next_attempt_at) where next_attempt_at is not null;
drop index delivery_in_line;
