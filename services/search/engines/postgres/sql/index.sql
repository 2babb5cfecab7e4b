-- name: begin_generation
-- Transactions that write begin with this, and so wait for each other, in whatever order they touch things.
update generation set number = number + 1

-- name: learn_profiles
insert into profile (departments, categories, publics, exclusive)
select departments, categories, publics, exclusive
from json_to_recordset(%(profiles)s::json) as profile (
    departments text[], categories text[], publics text[], exclusive boolean
)
-- In one order, so that two who learn the same never wait for each other.
order by departments, categories, publics, exclusive
on conflict do nothing

-- name: index
with arrived as (
    select *
    from json_to_recordset(%(documents)s::json) as document (
        id uuid, version bigint, latitude double precision, longitude double precision, stops double precision[],
        open_computed_until timestamptz, prominence real, departments text[], categories text[], publics text[],
        exclusive boolean, is_weekly boolean, open_during tstzmultirange, closed_during tstzmultirange,
        service_categories text[], service_open tstzmultirange[], service_closed tstzmultirange[], name text, spoken text, offered int,
        services text, place text, rest text, card json
    )
),
-- Most of a text, and the same in many documents.
offer as materialized (
    select place - 1 as place, to_tsvector('simple', text) || to_tsvector('french', text) as terms
    from unnest(%(offered)s::text[]) with ordinality as offered (text, place)
),
newer as (
    insert into document (
        id, version, latitude, longitude, stops, open_computed_until, prominence, profile_id, listed, name, is_weekly,
        open_during, closed_during, service_categories, service_open, service_closed, terms
    )
    select
        arrived.id, version, latitude, longitude, stops, open_computed_until, prominence, profile.id, true, spoken,
        is_weekly, open_during, closed_during, service_categories, service_open, service_closed,
        -- With the codes of what it offers, which no word is.
        setweight(to_tsvector('simple', name) || to_tsvector('french', name), 'A')
        || setweight(offer.terms || to_tsvector('simple', services) || to_tsvector('french', services), 'B')
        || setweight(to_tsvector('simple', arrived.place) || to_tsvector('french', arrived.place), 'C')
        || setweight(to_tsvector('french', rest), 'D')
        || array_to_tsvector(array(select '=' || code from unnest(arrived.categories) as code))
    from arrived
    join offer on offer.place = arrived.offered
    join profile
        on profile.departments = arrived.departments
        and profile.categories = arrived.categories
        and profile.publics = arrived.publics
        and profile.exclusive = arrived.exclusive
    on conflict (id) do update set
        version = excluded.version,
        latitude = excluded.latitude,
        longitude = excluded.longitude,
        stops = excluded.stops,
        open_computed_until = excluded.open_computed_until,
        prominence = excluded.prominence,
        profile_id = excluded.profile_id,
        listed = true,
        name = excluded.name,
        is_weekly = excluded.is_weekly,
        open_during = excluded.open_during,
        closed_during = excluded.closed_during,
        service_categories = excluded.service_categories,
        service_open = excluded.service_open,
        service_closed = excluded.service_closed,
        terms = excluded.terms
    where document.version < excluded.version
    returning id
)
insert into card (document_id, body)
select id, card
from arrived
join newer using (id)
on conflict (document_id) do update set body = excluded.body

-- name: learn_words
insert into word (word)
select unnest(%(words)s::text[])
on conflict do nothing

-- name: remove
with newer as (
    insert into document (id, version, listed)
    select id, version, false
    from unnest(%(ids)s::uuid[], %(versions)s::bigint[]) as removal (id, version)
    on conflict (id) do update set
        version = excluded.version,
        latitude = default,
        longitude = default,
        stops = default,
        open_computed_until = default,
        prominence = default,
        profile_id = default,
        listed = false,
        name = default,
        is_weekly = default,
        open_during = default,
        closed_during = default,
        service_categories = default,
        service_open = default,
        service_closed = default,
        terms = default
    where document.version <= excluded.version
    returning id
)
delete from card using newer where document_id = newer.id

-- name: openings_that_run_out
select id, version, body::text as card
from document
join card on document_id = id
where listed and open_computed_until < %(before)s
order by open_computed_until
limit %(most)s

-- name: refresh_openings
update document set
    is_weekly = new.is_weekly,
    open_during = new.open_during,
    service_open = new.service_open,
    open_computed_until = new.open_computed_until
from json_to_recordset(%(openings)s::json) as new (
    id uuid, version bigint, is_weekly boolean, open_during tstzmultirange, service_open tstzmultirange[],
    open_computed_until timestamptz
)
where document.id = new.id and document.version = new.version
returning document.id
