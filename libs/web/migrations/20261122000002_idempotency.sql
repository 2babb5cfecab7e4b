-- migrate:up

-- What was made under each Idempotency-Key of the last day. The key, who sent it and where are in the digest.
create table idempotency_key (
    digest bytea primary key,
    request bytea not null,
    made uuid not null,
    claimed_at timestamptz not null default now()
);
create index idempotency_key_by_age on idempotency_key (claimed_at);

-- migrate:down
drop table idempotency_key;
