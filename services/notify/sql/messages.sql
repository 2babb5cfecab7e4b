-- name: insert_message
insert into message (
    id, template, sealed, sealed_reason, place, slug, about, correlation_id, causation_id, expires_at, traceparent
)
values (
    %(id)s, %(template)s, %(sealed)s, %(sealed_reason)s, %(place)s, %(slug)s, %(about)s, %(correlation_id)s,
    %(causation_id)s, %(expires_at)s, %(traceparent)s
)
on conflict (template, about) where about is not null do nothing

-- name: wake_mailer
select pg_notify('message', '')

-- name: due_urgencies
select distinct template = 'signin' as urgent
from message
where next_attempt_at <= now()

-- name: due_messages
select
    id, template, sealed, sealed_reason, place, slug, about, correlation_id, causation_id, attempts, expires_at,
    created_at, traceparent
from message
where next_attempt_at <= now() and (template = 'signin') = %(urgent)s
order by next_attempt_at, id
limit %(most)s

-- name: begin_message
update message set attempts = attempts + 1
where id = %(id)s and next_attempt_at is not null
returning attempts

-- name: postpone_message
update message set status = 'failed', next_attempt_at = now() + make_interval(secs => %(delay)s::double precision)
where id = %(id)s
returning next_attempt_at

-- name: finish_message
update message set status = %(status)s, next_attempt_at = null, sealed = null, sealed_reason = null
where id = %(id)s

-- name: note_approval
insert into publication (contribution_id, approved, sealed_contact, place)
values (%(contribution_id)s, true, %(sealed_contact)s, %(place)s)
on conflict (contribution_id) do update set
    approved = true, sealed_contact = excluded.sealed_contact, place = excluded.place
returning contribution_id, sealed_contact, place, slug, approved and applied as complete

-- name: note_application
insert into publication (contribution_id, applied, slug)
values (%(contribution_id)s, true, %(slug)s)
on conflict (contribution_id) do update set applied = true, slug = excluded.slug
returning contribution_id, sealed_contact, place, slug, approved and applied as complete

-- name: delete_publication
delete from publication where contribution_id = %(contribution_id)s

-- name: forget_messages
with old as (
    delete from publication where created_at < now() - %(age)s::interval
)
delete from message
where next_attempt_at is null and created_at < now() - %(age)s::interval
