-- name: account
select a.id, a.email, a.name, a.created_at, a.signed_in_at, a.disabled_at,
    (select coalesce(jsonb_agg(jsonb_build_object('role', g.role, 'departments', g.departments) order by g.role), '[]')
     from role_grant g where g.account_id = a.id) as grants
from account a
where a.id = %(id)s

-- name: account_id_by_email
select id from account where email = %(email)s

-- name: lock_account
select id from account where id = %(id)s for update

-- name: accounts_newest_first
select a.id, a.email, a.name, a.created_at, a.signed_in_at, a.disabled_at,
    (select coalesce(jsonb_agg(jsonb_build_object('role', g.role, 'departments', g.departments) order by g.role), '[]')
     from role_grant g where g.account_id = a.id) as grants
from account a
where (%(after)s::uuid is null or a.id < %(after)s)
    and (%(words)s::text is null or position(lower(%(words)s) in lower(a.name || ' ' || a.email)) > 0)
order by a.id desc
limit %(limit)s

-- name: insert_account
insert into account (id, email, name) values (%(id)s, %(email)s, %(name)s)
on conflict (email) do nothing
returning id

-- name: rename_account
update account set name = %(name)s where id = %(id)s

-- name: delete_grants
delete from role_grant where account_id = %(account_id)s

-- name: insert_grant
insert into role_grant (account_id, role, departments) values (%(account_id)s, %(role)s, %(departments)s)

-- name: set_disabled
update account set disabled_at = case when %(disabled)s then coalesce(disabled_at, now()) end where id = %(id)s

-- name: note_signin
update account set signed_in_at = now() where id = %(id)s and disabled_at is null
returning id
