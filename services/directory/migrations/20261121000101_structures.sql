-- migrate:up

-- A structure whole, internal contacts included; the columns beside `state` are those that queries need.
create table structure (
    id uuid primary key,
    slug text not null unique,
    version bigint not null,
    status text not null,
    visibility text not null,
    department text,
    name text not null,
    state jsonb not null,
    field_versions jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index structure_updated on structure (updated_at, id);

-- Slugs that once led to a structure, and go on doing so.
create table former_slug (
    slug text primary key,
    structure_id uuid not null references structure (id)
);
create index former_slug_structure on former_slug (structure_id);

-- What each source last said of a structure: what it says anew is compared with this, not with what we hold.
create table structure_source (
    source text not null,
    external_id text not null,
    structure_id uuid not null references structure (id),
    content_hash text not null,
    content jsonb not null,
    primary key (source, external_id)
);
create index structure_source_structure on structure_source (structure_id);

create table structure_history (
    structure_id uuid not null references structure (id),
    version bigint not null,
    at timestamptz not null,
    origin text not null,
    changed_by text,
    reason text,
    contribution_id uuid,
    fields text[] not null,
    changes jsonb not null,
    primary key (structure_id, version)
);
create unique index structure_history_contribution on structure_history (contribution_id)
where contribution_id is not null;

create table import_run (
    id uuid primary key,
    source text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    report jsonb
);
create index import_run_started on import_run (started_at);

-- migrate:down
drop table import_run;
drop table structure_history;
drop table structure_source;
drop table former_slug;
drop table structure;
