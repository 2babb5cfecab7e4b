-- migrate:up

-- What the service has said, written in the same transaction as what it did; the relay publishes it.
create table outbox (
    position bigint generated always as identity primary key,
    id uuid not null unique,
    type text not null,
    aggregate_id uuid not null,
    aggregate_version bigint not null,
    subject text not null,
    headers jsonb not null,
    data text not null,
    recorded_at timestamptz not null default now(),
    published_at timestamptz
);
create index outbox_unpublished on outbox (position) where published_at is null;
create index outbox_published on outbox (published_at) where published_at is not null;

-- Which events each consumer has taken effect of: a second delivery finds its row and does nothing.
create table inbox (
    consumer text not null,
    event_id uuid not null,
    handled_at timestamptz not null default now(),
    primary key (consumer, event_id)
);
create index inbox_handled on inbox (handled_at);

-- Events that could not be handled, kept whole with the error until somebody replays or drops them.
create table dead_letter (
    id uuid primary key,
    consumer text not null,
    subject text not null,
    headers jsonb not null,
    data text not null,
    error text not null,
    deliveries bigint not null,
    buried_at timestamptz not null default now()
);
create index dead_letter_buried on dead_letter (buried_at);

-- migrate:down
drop table dead_letter;
drop table inbox;
drop table outbox;
