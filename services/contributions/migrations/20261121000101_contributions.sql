-- migrate:up

create extension if not exists pg_trgm;

-- What the directory last said of each structure. A withdrawn one keeps its row, so that an older event
-- cannot bring it back.
create table structure (
    id uuid primary key,
    slug text not null,
    version bigint not null,
    name text not null,
    folded_name text not null,
    city text,
    folded_city text,
    department text,
    latitude double precision,
    longitude double precision,
    phones text [] not null,
    state jsonb,
    field_versions jsonb not null,
    withdrawn boolean not null default false,
    replaced_by uuid
);
create index structure_by_slug on structure (slug);
create index structure_by_name on structure (folded_name);
create index structure_by_phone on structure using gin (phones);
create index structure_by_position on structure (latitude, longitude);

-- The contact columns are personal data: here only, never on the bus in clear.
create table contribution (
    id uuid primary key,
    kind text not null check (kind in ('addition', 'correction')),
    status text not null check (status in ('pending', 'approved', 'applied', 'rejected', 'conflicted')),
    structure_id uuid,
    based_on_version bigint not null,
    proposed jsonb not null,
    base jsonb not null,
    name text not null,
    department text,
    contact_email text,
    contact_name text,
    contact_role text,
    contact_language text not null default 'fr',
    wants_answer boolean not null,
    comment text,
    submitted_at timestamptz not null,
    decided_at timestamptz,
    decided_by text,
    decided_by_name text,
    reason text,
    edits jsonb not null default '{}',
    outcome jsonb,
    conflicts text [] not null default '{}',
    check (kind = 'addition' or structure_id is not null),
    check (status = 'pending' or decided_at is not null)
);
create index contribution_by_status on contribution (status, id);
create index contribution_by_department on contribution (department, status, id);
create index contribution_with_contact on contribution (decided_at)
where contact_email is not null or contact_name is not null;

-- One row per receipt, whatever the order they come in; what they add up to is computed when asked.
create table journey_step (
    contribution_id uuid not null references contribution (id) on delete cascade,
    event_id uuid not null,
    service text not null,
    step text not null,
    at timestamptz not null,
    detail jsonb not null default '{}',
    primary key (contribution_id, event_id)
);

create table idempotency (
    key text primary key,
    contribution_id uuid not null,
    body_hash bytea not null,
    created_at timestamptz not null default now()
);
create index idempotency_by_age on idempotency (created_at);

-- How many proposals came from one network address in one hour. Addresses are kept as hashes with a salt
-- of the day, and both go when the day is over.
create table submission_salt (
    day date primary key,
    salt bytea not null
);
create table submission_count (
    hour timestamptz not null,
    sender bytea not null,
    count bigint not null,
    primary key (hour, sender)
);

-- migrate:down
drop table submission_count;
drop table submission_salt;
drop table idempotency;
drop table journey_step;
drop table contribution;
drop table structure;
drop extension pg_trgm;
