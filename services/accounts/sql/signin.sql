-- name: lock_attempts
select pg_advisory_xact_lock(hashtext('accounts.signin_attempt'))

-- name: recent_attempts
select count(*) filter (where address_hash = %(address_hash)s) as of_address,
    count(*) filter (where attempted_at > now() - interval '1 minute') as of_everybody
from signin_attempt
where attempted_at > now() - interval '15 minutes'

-- name: insert_attempt
insert into signin_attempt (id, address_hash) values (%(id)s, %(address_hash)s)

-- name: account_to_sign_in
select id from account where email = %(email)s and disabled_at is null

-- name: insert_signin
insert into signin (id, account_id, secret_hash, destination, expires_at)
values (%(id)s, %(account_id)s, %(secret_hash)s, %(destination)s, %(expires_at)s)

-- name: pending_signin
select s.account_id, a.email, s.destination
from signin s join account a on a.id = s.account_id
where s.secret_hash = %(secret_hash)s and s.used_at is null and s.expires_at > now() and a.disabled_at is null

-- name: use_signin
update signin set used_at = now()
where secret_hash = %(secret_hash)s and used_at is null and expires_at > now()
returning account_id, destination

-- name: clean
with old_signins as (
    delete from signin where expires_at < now()
), old_attempts as (
    delete from signin_attempt where attempted_at < now() - interval '15 minutes'
), old_sessions as (
    delete from session where expires_at < now()
)
delete from api_token where expires_at < now()
