-- name: sending_states
-- What notify keeps, by kind and state: finished rows go after a while, so these counts come down again.
select 'webhook', status, count(*) from delivery group by status
union all
select 'email', status, count(*) from message group by status
