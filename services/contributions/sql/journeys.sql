-- name: insert_steps
insert into journey_step (contribution_id, event_id, service, step, at, detail)
select contribution_id, event_id, service, step, at, detail
from unnest(
    %(contribution_ids)s::uuid[], %(event_ids)s::uuid[], %(services)s::text[], %(steps)s::text[],
    %(times)s::timestamptz[], %(details)b::jsonb[]
) as receipt (contribution_id, event_id, service, step, at, detail)
where exists(select from contribution where contribution.id = receipt.contribution_id)
on conflict do nothing

-- name: steps_of
select service, step, at, detail
from journey_step
where contribution_id = %(id)s
order by at, event_id
