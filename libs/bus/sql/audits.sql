-- name: keep_audit
insert into audit (projection, started_at, finished_at, compared, differing, repaired, late, detail)
values (
    %(projection)s, %(started_at)s, %(finished_at)s, %(compared)s, %(differing)s, %(repaired)s, %(late)s, %(detail)s
)

-- name: prune_audits
delete from audit where finished_at < now() - interval '1 year'

-- name: last_audit
select projection, started_at, finished_at, compared, differing, repaired, late
from audit
where %(projection)s::text is null or projection = %(projection)s
order by finished_at desc
limit 1
