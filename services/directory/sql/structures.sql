-- name: begin_change
-- The transaction's number comes before its clock: `horizon` relies on it.
select pg_current_xact_id(), clock_timestamp()

-- name: lock_structures
select state::text, field_versions::text
from structure
where id = any(%(ids)s::uuid[])
order by id
for update

-- name: structure_by_id
select state::text, field_versions::text
from structure
where id = %(id)s

-- name: structure_by_slug
select structure.state::text, structure.field_versions::text
from structure
where slug = %(slug)s
union all
select structure.state::text, structure.field_versions::text
from former_slug
join structure on structure.id = former_slug.structure_id
where former_slug.slug = %(slug)s

-- name: horizon
-- Whatever is still being written was begun after this moment, or will bear a later one.
select least(
    now(),
    (
        select min(xact_start)
        from pg_stat_activity
        where datname = current_database() and backend_xid is not null
    )
)

-- name: structures_since
select state::text, field_versions::text
from structure
where (updated_at, id) > (%(updated_at)s, %(id)s) and updated_at < %(horizon)s
order by updated_at, id
limit %(most)s

-- name: structures_page
select state::text, field_versions::text, coalesce(history.origin, '')
from structure
left join structure_history as history
    on history.structure_id = structure.id and history.version = structure.version
where
    (%(after)s::uuid is null or structure.id > %(after)s)
    and (%(ids)s::uuid[] is null or structure.id = any(%(ids)s))
order by structure.id
limit %(most)s

-- name: counts
select (select count(*) from structure), (select count(*) from outbox where published_at is null)

-- name: lock_slugs
select pg_advisory_xact_lock(hashtext('relais.directory.slugs'))

-- name: taken_slugs
select slug, id from structure where slug = any(%(slugs)s::text[])
union all
select slug, structure_id from former_slug where slug = any(%(slugs)s::text[])

-- name: insert_structures
insert into structure
    (id, slug, version, status, visibility, name, state, field_versions, created_at, updated_at)
select id, slug, version, status, visibility, name, state::jsonb, field_versions::jsonb, at, at
from unnest(
    %(ids)s::uuid[], %(slugs)s::text[], %(versions)s::bigint[], %(statuses)s::text[], %(visibilities)s::text[],
    %(names)b::text[], %(states)b::text[], %(field_versions)b::text[],
    %(ats)s::timestamptz[]
) as new (id, slug, version, status, visibility, name, state, field_versions, at)

-- name: update_structures
update structure
set slug = new.slug,
    version = new.version,
    status = new.status,
    visibility = new.visibility,
    name = new.name,
    state = new.state::jsonb,
    field_versions = new.field_versions::jsonb,
    updated_at = new.at
from unnest(
    %(ids)s::uuid[], %(slugs)s::text[], %(versions)s::bigint[], %(statuses)s::text[], %(visibilities)s::text[],
    %(names)b::text[], %(states)b::text[], %(field_versions)b::text[],
    %(ats)s::timestamptz[]
) as new (id, slug, version, status, visibility, name, state, field_versions, at)
where structure.id = new.id

-- name: keep_former_slugs
insert into former_slug (slug, structure_id)
select slug, structure_id
from unnest(%(slugs)s::text[], %(ids)s::uuid[]) as former (slug, structure_id)
on conflict (slug) do nothing

-- name: drop_former_slugs
delete from former_slug where slug = any(%(slugs)s::text[])

-- name: insert_history
insert into structure_history
    (structure_id, version, at, origin, changed_by, reason, contribution_id, fields, changes)
select
    id, version, at, origin, %(changed_by)s, %(reason)s, %(contribution_id)s,
    array(select jsonb_array_elements_text(fields::jsonb)), changes::jsonb
from unnest(
    %(ids)s::uuid[], %(versions)s::bigint[], %(ats)s::timestamptz[], %(origins)s::text[], %(fields)b::text[],
    %(changes)b::text[]
) as change (id, version, at, origin, fields, changes)

-- name: forget_contacts
update structure_history
set changes = jsonb_set(
    changes,
    array[%(field)s::text],
    (
        select jsonb_object_agg(
            side,
            case jsonb_typeof(items)
                when 'array' then
                    jsonb_path_query_array(
                        items,
                        '$[*] ? (!(@.visibility == "internal" && @.* == $gone[*]))',
                        jsonb_build_object('gone', %(gone)s::text[])
                    )
                else items
            end
        )
        from jsonb_each(changes -> %(field)s::text) as said (side, items)
    )
)
where structure_id = %(id)s and changes ? %(field)s::text

-- name: applied_contributions
select contribution_id
from structure_history
where contribution_id = any(%(ids)s::uuid[])

-- name: history
select version, at, origin, fields
from structure_history
where structure_id = %(id)s and version < %(before)s
order by version desc
limit %(most)s
