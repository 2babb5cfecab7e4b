-- migrate:up

-- E-mails to send. What is personal (the address, the name, the link, the reason) stays sealed as it came, and
-- goes once the message has gone, or is given up.
create table message (
    id uuid primary key,
    template text not null check (template in ('received', 'published', 'rejected', 'signin')),
    sealed text,
    sealed_reason text,
    place text,
    slug text,
    about uuid,
    correlation_id uuid,
    causation_id uuid,
    status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'abandoned')),
    attempts bigint not null default 0,
    next_attempt_at timestamptz default now(),
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    check ((next_attempt_at is not null) = (status in ('pending', 'failed'))),
    check ((sealed is not null) = (next_attempt_at is not null))
);
create unique index message_once on message (template, about) where about is not null;
create index message_due on message (next_attempt_at) where next_attempt_at is not null;
create index message_finished on message (created_at) where next_attempt_at is null;

-- Contributors to thank once their change is both approved and applied: contributions says the one, the
-- directory the other, in any order.
create table publication (
    contribution_id uuid primary key,
    approved boolean not null default false,
    applied boolean not null default false,
    sealed_contact text,
    place text,
    slug text,
    created_at timestamptz not null default now()
);
create index publication_by_age on publication (created_at);

-- migrate:down
drop table publication;
drop table message;
