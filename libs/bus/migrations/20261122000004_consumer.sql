-- migrate:up

-- The consumers that take events in: a dead letter of one that is no more would wait for ever to be tried again.
create table consumer (
    name text primary key,
    seen_at timestamptz not null
);

-- migrate:down
drop table consumer;
