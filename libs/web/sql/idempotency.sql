-- name: forget_keys
delete from idempotency_key
where digest in (
    select digest from idempotency_key
    where claimed_at < now() - interval '24 hours'
    limit 1000
    for update skip locked
)

-- name: claim_key
insert into idempotency_key (digest, request, made)
values (%(digest)s, %(request)s, %(made)s)
on conflict (digest) do nothing

-- name: claimed_key
select request, made from idempotency_key where digest = %(digest)s
