-- name: try_import_lock
select pg_try_advisory_lock(hashtext('relais.import.' || %(source)s))

-- name: release_import_lock
select pg_advisory_unlock(hashtext('relais.import.' || %(source)s))

-- name: start_import
insert into import_run (id, source, started_at) values (%(id)s, %(source)s, now())

-- name: finish_import
update import_run
set finished_at = now(), report = %(report)s::jsonb
where id = %(id)s

-- name: known_rows
select
    held.external_id,
    held.structure_id,
    held.content_hash,
    exists (
        select from jsonb_each(structure.field_versions) as field (name, version)
        where field.version ->> 'origin' = any(%(by_hand)s::text[])
    ) as touched_by_hand
from structure_source as held
join structure on structure.id = held.structure_id
where held.source = %(source)s and held.external_id = any(%(external_ids)s::text[])

-- name: last_said
select external_id, content::text
from structure_source
where source = %(source)s and external_id = any(%(external_ids)s::text[])

-- name: keep_said
insert into structure_source (source, external_id, structure_id, content_hash, content)
select %(source)s, external_id, structure_id, content_hash, content::jsonb
from unnest(
    %(external_ids)s::text[], %(structure_ids)s::uuid[], %(content_hashes)s::text[], %(contents)b::text[]
) as said (external_id, structure_id, content_hash, content)
on conflict (source, external_id) do update
set content_hash = excluded.content_hash, content = excluded.content

-- name: absent_rows
select held.external_id, held.structure_id, structure.slug, structure.name
from structure_source as held
join structure on structure.id = held.structure_id
where held.source = %(source)s and structure.status <> 'closed'
    and not exists (
        select from unnest(%(seen)s::text[]) as seen (external_id) where seen.external_id = held.external_id
    )
order by held.external_id
