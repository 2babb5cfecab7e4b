-- migrate:up
drop table idempotency; -- idempotency_key, which every service has, took its place

-- migrate:down
create table idempotency (
    key text primary key,
    contribution_id uuid not null,
    body_hash bytea not null,
    created_at timestamptz not null default now()
);
create index idempotency_by_age on idempotency (created_at);
