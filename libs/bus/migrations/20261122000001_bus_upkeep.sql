-- migrate:up

-- Which stream this service last published to. A younger one has lost its events: they are sent again.
create table stream (
    service text primary key,
    created_at timestamptz not null
);

-- Dead letters that somebody wants tried again; their consumer does so.
create table dead_letter_replay (
    id uuid primary key references dead_letter on delete cascade,
    requested_at timestamptz not null default now()
);

-- migrate:down
drop table dead_letter_replay;
drop table stream;
