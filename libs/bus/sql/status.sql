-- name: outbox_status
select
    count(*) filter (where published_at is null),
    extract(epoch from now() - min(recorded_at) filter (where published_at is null))::float8,
    count(*) filter (where published_at > now() - interval '1 minute')
from outbox
where published_at is null or published_at > now() - interval '1 minute'

-- name: inbox_status
select consumer, count(*)
from inbox
where handled_at > now() - interval '1 minute'
group by consumer

-- name: dead_letter_status
select consumer, split_part(subject, '.', 2), count(*)
from dead_letter
group by 1, 2

-- name: relay_at_work
-- Who holds the relay's lock, in whatever session.
select exists (
    select from pg_locks
    where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = hashtext('relais.relay')::bigint
        and granted
)
