-- name: project_structures
-- Binary (b) parameters: as text, every quote in an array of JSON texts would be escaped one by one.
insert into structure (
    id, slug, version, name, folded_name, folded_city, department, latitude, longitude, phones, state,
    field_versions
)
select
    id, slug, version, name, folded_name, folded_city, department, latitude, longitude,
    array(select jsonb_array_elements_text(phones)), state, field_versions
from unnest(
    %(ids)s::uuid[], %(slugs)s::text[], %(versions)s::bigint[], %(names)s::text[], %(folded_names)s::text[],
    %(folded_cities)s::text[], %(departments)s::text[], %(latitudes)s::float8[],
    %(longitudes)s::float8[], %(phones)b::jsonb[], %(states)b::jsonb[], %(field_versions)b::jsonb[]
) as changed (
    id, slug, version, name, folded_name, folded_city, department, latitude, longitude, phones, state,
    field_versions
)
on conflict (id) do update set
    slug = excluded.slug, version = excluded.version, name = excluded.name, folded_name = excluded.folded_name,
    folded_city = excluded.folded_city, department = excluded.department,
    latitude = excluded.latitude, longitude = excluded.longitude, phones = excluded.phones, state = excluded.state,
    field_versions = excluded.field_versions, withdrawn = false, replaced_by = null
where structure.version < excluded.version

-- name: withdraw_structure
insert into structure (
    id, slug, version, name, folded_name, phones, field_versions, department, withdrawn, replaced_by
)
values (%(id)s, '', %(version)s, '', '', '{}', '{}', %(department)s, true, %(replaced_by)s)
on conflict (id) do update set
    version = excluded.version, withdrawn = true, replaced_by = excluded.replaced_by
where structure.version <= excluded.version

-- name: structure_by_id
select id, slug, version, state, field_versions, withdrawn, replaced_by
from structure
where id = %(id)s and state is not null

-- name: lock_structure
select id, slug, version, state, field_versions, withdrawn, replaced_by
from structure
where id = %(id)s and state is not null
for no key update

-- name: structure_by_slug
select id, slug, version, state, field_versions, withdrawn, replaced_by
from structure
where slug = %(slug)s and state is not null
order by withdrawn, version desc
limit 1

-- name: duplicate_candidates
with candidate as (
    select id from structure
    where phones && %(phones)s::text[]
    union
    select id from structure
    where folded_name = %(folded_name)s and folded_city = %(folded_city)s
    union
    select id from structure
    where
        latitude between %(south)s and %(north)s and longitude between %(west)s and %(east)s
        and similarity(folded_name, %(folded_name)s) >= %(least_similarity)s
    union
    select id from structure
    where
        state #>> '{address,postcode}' = %(postcode)s
        and (
            similarity(folded_name, %(folded_name)s) >= %(least_similarity)s
            or similarity(state #>> '{address,street}', %(street)s) >= %(least_similarity)s
        )
)

select
    id, slug, name, folded_name, state -> 'address' as address, phones,
    similarity(folded_name, %(folded_name)s)::float8 as similarity
from structure
join candidate using (id)
where not withdrawn and state is not null and id is distinct from %(except)s::uuid
order by
    similarity(folded_name, %(folded_name)s) + coalesce(similarity(state #>> '{address,street}', %(street)s), 0)
    + (phones && %(phones)s::text[])::int desc,
    id
limit %(most)s
