-- name: insert_announcement
insert into announcement
    (
        id, version, text, text_en, tone, departments, starts_on, ends_on, created_at, created_by, updated_at,
        updated_by
    )
values
    (
        %(id)s, %(version)s, %(text)s, %(text_en)s, %(tone)s, %(departments)s, %(starts_on)s, %(ends_on)s,
        %(at)s, %(by)s, %(at)s, %(by)s
    )

-- name: update_announcement
update announcement
set
    version = %(version)s,
    text = %(text)s,
    text_en = %(text_en)s,
    tone = %(tone)s,
    departments = %(departments)s,
    starts_on = %(starts_on)s,
    ends_on = %(ends_on)s,
    updated_at = %(at)s,
    updated_by = %(by)s
where id = %(id)s

-- name: withdraw_announcement
update announcement
set version = %(version)s, withdrawn_at = %(at)s, updated_at = %(at)s, updated_by = %(by)s
where id = %(id)s

-- name: announcement
select id, version, text, text_en, tone, departments, starts_on, ends_on, updated_at, withdrawn_at
from announcement
where id = %(id)s

-- name: lock_announcement
select id, version, text, text_en, tone, departments, starts_on, ends_on, updated_at, withdrawn_at
from announcement
where id = %(id)s
for update

-- name: announcements_newest_first
select id, version, text, text_en, tone, departments, starts_on, ends_on, updated_at, withdrawn_at
from announcement
where
    (%(after)s::uuid is null or id < %(after)s)
    and (
        %(department)s::text is null or departments = '{}' or %(department)s = any(departments)
    )
    and (
        %(about)s::date is null
        or (withdrawn_at is null and starts_on <= %(about)s::date + 1 and ends_on >= %(about)s::date - 1)
    )
order by id desc
limit %(most)s

-- name: forgotten_announcements
-- Those whose present version the outbox no longer holds.
select id, version, text, text_en, tone, departments, starts_on, ends_on, updated_at, withdrawn_at
from announcement
where not exists (
    select from outbox
    where outbox.aggregate_id = announcement.id
        and outbox.aggregate_version = announcement.version
        and outbox.type in ('announcement.changed.v1', 'announcement.withdrawn.v1')
)
order by id
