-- name: record_events
-- Binary (b) parameters: as text, every quote in an array of JSON texts would be escaped one by one.
insert into outbox (id, type, aggregate_id, aggregate_version, subject, headers, data)
select id, type, aggregate_id, aggregate_version, subject, headers, data
from unnest(
    %(ids)s::uuid[], %(types)s::text[], %(aggregate_ids)s::uuid[], %(versions)s::bigint[],
    %(subjects)s::text[], %(headers)b::jsonb[], %(data)b::text[]
) with ordinality as event (id, type, aggregate_id, aggregate_version, subject, headers, data, place)
order by place

-- name: wake_relay
select pg_notify('outbox', '')

-- name: try_relay_lock
select pg_try_advisory_lock(hashtext('relais.relay'))

-- name: unpublished
select position, id, subject, headers, data
from outbox
where published_at is null
order by position
limit %(most)s

-- name: mark_published
update outbox set published_at = now() where position = any(%(positions)s)

-- name: take_in
insert into inbox (consumer, event_id)
select %(consumer)s, unnest(%(ids)s::uuid[])
on conflict do nothing
returning event_id

-- name: bury
insert into dead_letter (id, consumer, subject, headers, data, error, deliveries)
values (%(id)s, %(consumer)s, %(subject)s, %(headers)s, %(data)s, %(error)s, %(deliveries)s)
