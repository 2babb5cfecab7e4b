-- name: live_credential
-- The account of a session or token that is still good; a row with null is a token without an account.
select s.account_id from session s join account a on a.id = s.account_id
where s.id = %(id)s and s.ended_at is null and s.expires_at > now() and a.disabled_at is null
union all
select t.account_id from api_token t left join account a on a.id = t.account_id
where t.id = %(id)s and t.revoked_at is null and t.expires_at > now() and a.disabled_at is null

-- name: insert_session
insert into session (id, account_id, device, expires_at)
values (%(id)s, %(account_id)s, %(device)s, %(expires_at)s)

-- name: sessions
select id, device, created_at, expires_at
from session
where account_id = %(account_id)s and ended_at is null and expires_at > now()
    and (%(after)s::uuid is null or id < %(after)s)
order by id desc
limit %(limit)s

-- name: end_session
update session set ended_at = now()
where id = %(id)s and account_id = %(account_id)s and ended_at is null and expires_at > now()
returning id, expires_at

-- name: end_sessions_but
update session set ended_at = now()
where account_id = %(account_id)s and ended_at is null and expires_at > now()
    and (%(kept)s::uuid is null or id <> %(kept)s)
returning id, expires_at

-- name: insert_token
insert into api_token (id, account_id, label, role, departments, expires_at)
values (%(id)s, %(account_id)s, %(label)s, %(role)s, %(departments)s, %(expires_at)s)
returning id, account_id, label, role, departments, created_at, expires_at

-- name: token
select id, account_id, label, role, departments, created_at, expires_at
from api_token
where id = %(id)s and revoked_at is null and expires_at > now()

-- name: tokens
select id, account_id, label, role, departments, created_at, expires_at
from api_token
where (account_id = %(account_id)s or (account_id is null and %(unowned)s))
    and revoked_at is null and expires_at > now()
    and (%(after)s::uuid is null or id < %(after)s)
order by id desc
limit %(limit)s

-- name: revoke_token
update api_token set revoked_at = now()
where id = %(id)s and (account_id = %(account_id)s or (account_id is null and %(unowned)s))
    and revoked_at is null and expires_at > now()
returning id, expires_at

-- name: revoked_credentials
select id, expires_at from session where ended_at is not null and expires_at > now()
union all
select id, expires_at from api_token where revoked_at is not null and expires_at > now()

-- name: revoke_tokens_of
update api_token set revoked_at = now()
where account_id = %(account_id)s and revoked_at is null and expires_at > now()
returning id, expires_at
