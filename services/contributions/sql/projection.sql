-- name: forget_structures
delete from structure where id = any(%(ids)s::uuid[])

-- name: compare_structures
with held as (
    select *
    from public.structure
    where
        (%(after)s::uuid is null or id > %(after)s)
        and (%(until)s::uuid is null or id <= %(until)s)
        and (%(ids)s::uuid[] is null or id = any(%(ids)s))
)
select
    coalesce(expected.id, held.id) as id,
    case
        when held.id is null then 'missing'
        when expected.id is null then 'extra'
        when held.version < expected.version then 'stale'
        else 'different'
    end as kind,
    coalesce(expected.department, held.department) as department
from structure as expected
full join held on held.id = expected.id
where case
    when held.id is null then true
    when expected.id is null then not held.withdrawn
    else held <> expected
end
