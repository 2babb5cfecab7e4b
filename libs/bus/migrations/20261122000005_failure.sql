-- migrate:up

-- How often a consumer has tried an event in vain: no restart begins the count anew.
create table failure (
    consumer text not null,
    event_id uuid not null,
    tries bigint not null default 1,
    failed_at timestamptz not null default now(),
    primary key (consumer, event_id)
);
create index failure_failed on failure (failed_at);

-- migrate:down
drop table failure;
