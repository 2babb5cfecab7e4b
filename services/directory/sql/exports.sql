-- name: lock_export_lines
select structure_id, version, departments
from export_line
where structure_id = any(%(ids)s::uuid[])
order by structure_id
for update

-- name: write_export_lines
insert into export_line
    (structure_id, version, departments, csv, data_inclusion_structure, data_inclusion_services)
select structure_id, version, string_to_array(departments, ','), csv, data_inclusion_structure, data_inclusion_services
from unnest(
    %(ids)s::uuid[], %(versions)s::bigint[], %(departments)s::text[], %(csv)b::text[],
    %(data_inclusion_structures)b::text[], %(data_inclusion_services)b::text[]
) as new (structure_id, version, departments, csv, data_inclusion_structure, data_inclusion_services)
order by structure_id
on conflict (structure_id) do update
set version = excluded.version,
    departments = excluded.departments,
    csv = excluded.csv,
    data_inclusion_structure = excluded.data_inclusion_structure,
    data_inclusion_services = excluded.data_inclusion_services
where export_line.version < excluded.version

-- name: refresh_export_files
insert into export_file (department, refreshed_at, revision)
select department, now(), 1
from unnest(%(departments)s::text[]) as changed (department)
order by department
on conflict (department) do update
set refreshed_at = excluded.refreshed_at, revision = export_file.revision + 1

-- name: export_file
select department, refreshed_at, revision
from export_file
where department = %(department)s

-- name: export_files
select export_file.department, refreshed_at, lines.places
from export_file
join (
    select department, count(*) as places
    from export_line, unnest(departments) as department
    group by department
) as lines on lines.department = export_file.department
order by export_file.department

-- name: csv_lines
select structure_id, csv
from export_line
where departments @> array[%(department)s] and structure_id > %(after)s
order by structure_id
limit %(most)s

-- name: data_inclusion_structures
select structure_id, data_inclusion_structure
from export_line
where departments @> array[%(department)s] and structure_id > %(after)s
order by structure_id
limit %(most)s

-- name: data_inclusion_services
select structure_id, data_inclusion_services
from export_line
where departments @> array[%(department)s] and structure_id > %(after)s and data_inclusion_services <> ''
order by structure_id
limit %(most)s

-- name: forget_export_lines
delete from export_line where structure_id = any(%(ids)s::uuid[]) returning departments

-- name: compare_export_lines
with held as (
    select *
    from public.export_line
    where
        (%(after)s::uuid is null or structure_id > %(after)s)
        and (%(until)s::uuid is null or structure_id <= %(until)s)
        and (%(ids)s::uuid[] is null or structure_id = any(%(ids)s))
)
select
    coalesce(expected.structure_id, held.structure_id) as id,
    case
        when held.structure_id is null then 'missing'
        when expected.structure_id is null then 'extra'
        when held.version < expected.version then 'stale'
        else 'different'
    end as kind,
    (coalesce(expected.departments, held.departments))[1] as department
from export_line as expected
full join held on held.structure_id = expected.structure_id
where case
    when held.structure_id is null then true
    when expected.structure_id is null then held.departments <> '{}'
    else held <> expected
end

-- name: refresh_differing_files
-- Whoever has fetched a file keeps it, unless the rebuilt lines make another one.
insert into public.export_file (department, refreshed_at, revision)
select distinct unnest(held.departments || built.departments), now(), 1
from public.export_line as held
full join export_line as built on built.structure_id = held.structure_id
where held is distinct from built
order by 1
on conflict (department) do update
set refreshed_at = excluded.refreshed_at, revision = export_file.revision + 1
