-- name: insert_contribution
insert into contribution (
    id, kind, status, structure_id, based_on_version, proposed, internal_contacts, base, name, departments,
    contact_email, contact_name, contact_role, contact_language, wants_answer, comment, submitted_at,
    traceparent
)
values (
    %(id)s, %(kind)s, 'pending', %(structure_id)s, %(based_on_version)s, %(proposed)s, %(internal_contacts)s,
    %(base)s, %(name)s, %(departments)s, %(contact_email)s, %(contact_name)s, %(contact_role)s,
    %(contact_language)s, %(wants_answer)s, %(comment)s, %(submitted_at)s, %(traceparent)s
)

-- name: find_contribution
select *
from contribution
where id = %(id)s and (%(departments)s::text[] is null or departments && %(departments)s)

-- name: lock_contribution
select *
from contribution
where id = %(id)s and (%(departments)s::text[] is null or departments && %(departments)s)
for update

-- name: contribution_exists
select exists(select from contribution where id = %(id)s)

-- name: public_status
select
    contribution.id, contribution.kind, contribution.status, contribution.name, contribution.submitted_at,
    contribution.decided_at, contribution.wants_answer, contribution.proposed ->> 'opening_hours' as opening_hours,
    structure.slug
from contribution
left join structure on structure.id = contribution.structure_id and not structure.withdrawn
where contribution.id = %(id)s

-- name: list_contributions
select
    id, kind, status, name, departments, structure_id, proposed, internal_contacts, comment is not null as has_comment, submitted_at,
    decided_at, decided_by_name
from contribution
where
    (%(departments)s::text[] is null or departments && %(departments)s)
    and (%(statuses)s::text[] is null or status = any(%(statuses)s))
    and (%(department)s::text is null or departments @> array[%(department)s::text])
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(after)s::uuid is null or id < %(after)s)
order by id desc
limit %(most)s

-- name: count_by_status
select status, count(*) as count
from contribution
where
    (%(departments)s::text[] is null or departments && %(departments)s)
    and (%(department)s::text is null or departments @> array[%(department)s::text])
    and (%(kind)s::text is null or kind = %(kind)s)
group by status

-- name: departments_seen
select distinct department
from contribution, unnest(departments) as department
where %(departments)s::text[] is null or department = any(%(departments)s)
order by department

-- name: record_decision
update contribution set
    status = %(status)s, structure_id = %(structure_id)s, decided_at = %(decided_at)s,
    decided_by = %(decided_by)s, decided_by_name = %(decided_by_name)s, reason = %(reason)s, edits = %(edits)s,
    internal_contacts = %(internal_contacts)s, outcome = %(outcome)s, departments = %(departments)s,
    conflicts = '{}'
where id = %(id)s

-- name: rebase_contribution
update contribution set
    status = 'pending', proposed = %(proposed)s, edits = %(edits)s, base = %(base)s,
    based_on_version = %(based_on_version)s, departments = %(departments)s, conflicts = '{}'
where id = %(id)s

-- name: outcomes_under_way
-- An approval of which nothing was heard for a day is held up by a defect: the directory's own check decides.
select outcome
from contribution
where
    status = 'approved' and structure_id = %(structure_id)s and outcome is not null
    and decided_at > now() - interval '1 day'
order by decided_at

-- name: mark_applied
update contribution set status = 'applied' where id = any(%(ids)s) and status = 'approved'

-- name: mark_conflicted
update contribution set status = 'conflicted', conflicts = %(fields)s
where id = %(id)s and status = 'approved'

-- name: forget_contacts
update contribution set contact_email = null, contact_name = null, contact_role = null, internal_contacts = '{}'
where
    decided_at < now() - interval '90 days' and status in ('applied', 'rejected')
    and (contact_email is not null or contact_name is not null or internal_contacts <> '{}')
