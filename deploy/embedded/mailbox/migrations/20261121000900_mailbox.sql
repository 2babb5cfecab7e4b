-- migrate:up

create table message (
    id uuid primary key,
    sender text not null,
    recipients text not null,
    subject text not null,
    sent_at timestamptz not null,
    plain text not null,
    html text
);

-- migrate:down

drop table message;
