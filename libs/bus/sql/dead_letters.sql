-- name: list_dead_letters
select
    id, consumer, subject, headers->>'ce-type' as type, error, deliveries, buried_at,
    exists (select from dead_letter_replay as replay where replay.id = dead_letter.id) as replaying
from dead_letter
where %(after)s::uuid is null or id > %(after)s
order by id
limit %(most)s

-- name: dead_letter
select
    id, consumer, subject, headers->>'ce-type' as type, error, deliveries, buried_at,
    exists (select from dead_letter_replay as replay where replay.id = dead_letter.id) as replaying,
    headers, data
from dead_letter
where id = %(id)s

-- name: consumer_is_here
insert into consumer (name, seen_at) values (%(consumer)s, now())
on conflict (name) do update set seen_at = excluded.seen_at

-- name: consumer_is_known
-- One that is not at work now may be back; a day later it has gone.
select exists (select from consumer where name = %(consumer)s and seen_at > now() - interval '1 day')

-- name: request_replay
insert into dead_letter_replay (id)
select id from dead_letter where id = %(id)s
on conflict (id) do update set requested_at = now()
returning id

-- name: publish_again
-- What the relay itself buried goes back to the outbox, if that still has it.
with again as (
    update outbox set published_at = null
    where id = (select (headers->>'ce-id')::uuid from dead_letter where id = %(id)s)
    returning id
)
delete from dead_letter
where id = %(id)s and exists (select from again)

-- name: drop_dead_letter
delete from dead_letter where id = %(id)s returning id

-- name: replay_wanted
select dead_letter.id, headers, data
from dead_letter_replay
join dead_letter using (id)
where consumer = %(consumer)s
order by dead_letter.id
limit 1
for update of dead_letter_replay skip locked

-- name: replay_failed
with replay as (
    delete from dead_letter_replay where id = %(id)s
)
update dead_letter set error = %(error)s, deliveries = deliveries + 1 where id = %(id)s
