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
select position, id, aggregate_id, subject, headers, data
from outbox
where published_at is null
order by position
limit %(most)s

-- name: mark_published
update outbox set published_at = now() where position = any(%(positions)s)

-- name: known_stream
select created_at from stream where service = %(service)s

-- name: keep_stream
insert into stream (service, created_at)
values (%(service)s, %(created_at)s)
on conflict (service) do update set created_at = excluded.created_at

-- name: send_all_again
update outbox set published_at = null where published_at is not null

-- name: prune_outbox
delete from outbox
where position in (
    select position from outbox
    where published_at < %(before)s
    order by published_at
    limit %(most)s
)

-- name: prune_inbox
delete from inbox
where (consumer, event_id) in (
    select consumer, event_id from inbox
    where handled_at < %(before)s
    order by handled_at
    limit %(most)s
)

-- name: prune_failures
delete from failure
where (consumer, event_id) in (
    select consumer, event_id from failure
    where failed_at < %(before)s
    order by failed_at
    limit %(most)s
)

-- name: count_failure
insert into failure (consumer, event_id) values (%(consumer)s, %(event_id)s)
on conflict (consumer, event_id) do update set tries = failure.tries + 1, failed_at = now()
returning tries

-- name: take_in
insert into inbox (consumer, event_id)
select %(consumer)s, id
from unnest(%(ids)s::uuid[]) as id
order by id -- two processes that take the same events in wait for each other, in one direction
on conflict do nothing
returning event_id

-- name: bury
insert into dead_letter (id, consumer, subject, headers, data, error, deliveries)
select %(id)s, %(consumer)s, %(subject)s, %(headers)s, %(data)s, %(error)s, %(deliveries)s
where not exists (
    select from dead_letter
    where consumer = %(consumer)s and subject = %(subject)s and headers = %(headers)s and data = %(data)s
)
