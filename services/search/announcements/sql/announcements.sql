-- name: hold_announcements
insert into announcement (id, version, announcement, ends_on)
select distinct on (id) id, version, announcement, (announcement ->> 'ends_on')::date
from jsonb_to_recordset(%(rows)s::jsonb) as said (id uuid, version bigint, announcement jsonb)
order by id, version desc
on conflict (id) do update
set version = excluded.version, announcement = excluded.announcement, ends_on = excluded.ends_on
where announcement.version < excluded.version

-- name: announcements
select announcement::text
from announcement
where ends_on >= %(about)s::date - 1
order by id desc
limit %(most)s
