-- migrate:up

-- Where partners want to be told. Deleted and disabled ones keep their row, for the deliveries' sake.
create table webhook (
    id uuid primary key,
    owner uuid not null,
    url text not null,
    events text [] not null,
    departments text [],
    secret text not null,
    created_at timestamptz not null default now(),
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_reason text check (disabled_reason in ('gone', 'failing')),
    deleted_at timestamptz
);
create index webhook_by_owner on webhook (owner, id) where deleted_at is null;

-- One event for one webhook. `next_attempt_at` is null when no attempt is to be made; `round_start` is how many
-- attempts had been made when the present series began, at first or by a replay.
create table delivery (
    id uuid primary key,
    webhook_id uuid not null references webhook (id),
    event_id uuid not null,
    event_type text not null,
    structure_id uuid,
    department text,
    correlation_id uuid,
    body text not null,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed', 'abandoned')),
    attempts bigint not null default 0,
    round_start bigint not null default 0,
    next_attempt_at timestamptz default now(),
    created_at timestamptz not null default now(),
    unique (webhook_id, event_id),
    check ((next_attempt_at is not null) = (status in ('pending', 'failed')))
);
create index delivery_due on delivery (webhook_id, next_attempt_at) where next_attempt_at is not null;
create index delivery_by_webhook on delivery (webhook_id, id);
create index delivery_finished on delivery (created_at) where next_attempt_at is null;

create table attempt (
    delivery_id uuid not null references delivery (id) on delete cascade,
    number bigint not null,
    at timestamptz not null,
    status_code bigint,
    error text,
    duration_ms bigint not null,
    response text,
    primary key (delivery_id, number)
);

-- migrate:down
drop table attempt;
drop table delivery;
drop table webhook;
