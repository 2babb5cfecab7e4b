-- migrate:up
create extension if not exists pg_trgm;

-- Great-circle metres between two points in degrees (haversine).
create function metres_between(
    latitude double precision, longitude double precision, to_latitude double precision, to_longitude double precision
) returns double precision
language sql immutable parallel safe
return 12742018 * asin(sqrt(least(1,
    sin(radians(latitude - to_latitude) / 2) ^ 2
    + cos(radians(latitude)) * cos(radians(to_latitude)) * sin(radians(longitude - to_longitude) / 2) ^ 2
)));

-- What structures have in common and searches filter and count by, each combination once.
create table profile (
    id bigint generated always as identity primary key,
    department text,
    categories text[] not null,
    publics text[] not null,
    exclusive boolean not null,
    unique nulls not distinct (department, categories, publics, exclusive)
);

-- One row per structure ever heard of; what is not listed stays as a version, so that no older event lists it again.
create table document (
    id uuid primary key,
    version bigint not null,
    latitude double precision,
    longitude double precision,
    open_computed_until timestamptz,
    completeness real not null default 0,
    profile_id bigint references profile,
    listed boolean not null,
    name text not null default '',
    open_during tstzmultirange not null default '{}',
    terms tsvector not null default ''
);
create index document_terms on document using gin (terms) with (gin_pending_list_limit = 256) where listed;
create index document_profile on document (profile_id) where listed;
create index document_place on document (latitude, longitude) where listed;
create index document_openings_run_out on document (open_computed_until) where listed;

-- What answers say of a document. Apart, because searches read every match's document, but only a page of cards.
create table card (
    document_id uuid primary key references document,
    body json not null
);

-- Every word of the documents, to be offered for mistyped ones.
create table word (
    word text collate "C" primary key
);
create index word_trigrams on word using gin (word gin_trgm_ops);

-- migrate:down
drop table word;
drop table card;
drop table document;
drop table profile;
-- squawk-ignore ban-drop-function
drop function metres_between;
drop extension pg_trgm;
