-- name: insert_webhook
insert into webhook (id, owner, url, events, departments, secret)
values (%(id)s, %(owner)s, %(url)s, %(events)s, %(departments)s, %(secret)s)

-- name: webhook
select id, owner, url, events, departments, secret, created_at, failing_since, disabled_at, disabled_reason
from webhook
where id = %(id)s and deleted_at is null and (%(owner)s::uuid is null or owner = %(owner)s)

-- name: lock_webhook
select id, owner, url, events, departments, secret, created_at, failing_since, disabled_at, disabled_reason
from webhook
where id = %(id)s and deleted_at is null and (%(owner)s::uuid is null or owner = %(owner)s)
for update

-- name: webhooks_newest_first
select id, owner, url, events, departments, secret, created_at, failing_since, disabled_at, disabled_reason
from webhook
where
    deleted_at is null
    and (%(owner)s::uuid is null or owner = %(owner)s)
    and (%(after)s::uuid is null or id < %(after)s)
order by id desc
limit %(most)s

-- name: delete_webhook
update webhook set deleted_at = now() where id = %(id)s

-- name: enable_webhook
update webhook set disabled_at = null, disabled_reason = null, failing_since = null where id = %(id)s

-- name: note_success
update webhook set failing_since = null where id = %(id)s and failing_since is not null

-- name: note_failure
update webhook set failing_since = now() where id = %(id)s and failing_since is null

-- name: disable_if_gone
update webhook set disabled_at = now(), disabled_reason = 'gone'
where id = %(id)s and disabled_at is null
returning id

-- name: disable_if_failing
update webhook set disabled_at = now(), disabled_reason = 'failing'
where id = %(id)s and disabled_at is null and failing_since < now() - %(patience)s::interval
returning id

-- name: any_webhook
select exists(select from webhook where disabled_at is null and deleted_at is null)
