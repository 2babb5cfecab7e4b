-- name: forget
with gone as (
    delete from card where document_id = any(%(ids)s::uuid[])
)
delete from document where id = any(%(ids)s::uuid[])

-- name: compare
-- Openings are computed by the clock: only the time that both know of is compared.
with expected as (
    select document.*, body::jsonb as body
    from document
    left join card on document_id = id
),
held as (
    select document.*, body::jsonb as body
    from public.document
    left join public.card on document_id = id
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
    coalesce(expected.body, held.body) #>> '{departments,0}' as department
from expected
full join held on held.id = expected.id
where case
    when held.id is null then true
    when expected.id is null then held.listed
    else
        (
            held.version, held.listed, held.latitude, held.longitude, held.stops, held.prominence, held.profile_id,
            held.name, held.is_weekly, held.closed_during, held.service_categories, held.service_closed, held.terms, held.body
        ) is distinct from (
            expected.version, expected.listed, expected.latitude, expected.longitude, expected.stops,
            expected.prominence, expected.profile_id, expected.name, expected.is_weekly,
            expected.closed_during, expected.service_categories, expected.service_closed, expected.terms, expected.body
        )
        or case
            when least(held.open_computed_until, expected.open_computed_until) > now()
                then
                    held.open_during
                    * tstzmultirange(tstzrange(now(), least(held.open_computed_until, expected.open_computed_until)))
                    <> expected.open_during
                    * tstzmultirange(tstzrange(now(), least(held.open_computed_until, expected.open_computed_until)))
                    or exists (
                        select
                        from
                            unnest(held.service_open, expected.service_open) as service (held_open, expected_open),
                            tstzrange(now(), least(held.open_computed_until, expected.open_computed_until)) as known
                        where held_open * tstzmultirange(known) is distinct from expected_open * tstzmultirange(known)
                    )
            else false
        end
end
