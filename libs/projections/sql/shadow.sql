-- name: constraints
-- Keys first; what refers to other tables comes once these are filled.
select conname, contype = 'f', pg_get_constraintdef(oid)
from pg_constraint
where conrelid = to_regclass('public.' || quote_ident(%(table)s)) and contype in ('p', 'u', 'f')
order by contype <> 'p', conname

-- name: indexes
select pg_get_indexdef(indexrelid, 0, true)
from pg_index
where
    indrelid = to_regclass('public.' || quote_ident(%(table)s))
    and not exists (select from pg_constraint where conindid = indexrelid)
order by indexrelid

-- name: settings
select coalesce('with (' || array_to_string(reloptions, ', ') || ')', '')
from pg_class
where oid = to_regclass('public.' || quote_ident(%(table)s))

-- name: try_lock
select pg_try_advisory_lock(hashtext(%(purpose)s))

-- name: unlock
select pg_advisory_unlock(hashtext(%(purpose)s))

-- name: locked_since
select min(backend_start)
from pg_locks
join pg_stat_activity using (pid)
where
    locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())
    and ((classid::bigint << 32) | objid::bigint) = hashtext(%(purpose)s)::bigint
    and granted
