-- name: schedule_deliveries
-- The bodies are binary (b): as text, every quote in an array of JSON texts would be escaped one by one.
insert into delivery (
    id, webhook_id, event_id, event_type, structure_id, department, correlation_id, body, traceparent
)
select
    uuidv7(), webhook.id, news.event_id, news.type, news.structure_id,
    (
        select code
        from unnest(news.departments) with ordinality as served (code, place)
        where webhook.departments is null or code = any(webhook.departments)
        order by served.place
        limit 1
    ),
    news.correlation_id, news.body, news.traceparent
from (
    select
        event_id, type, structure_id, string_to_array(departments, ',') as departments,
        string_to_array(still_in, ',') as still_in, correlation_id, body, traceparent, place
    from unnest(
        %(event_ids)s::uuid[], %(types)s::text[], %(structure_ids)s::uuid[], %(departments)s::text[],
        %(still_in)s::text[], %(correlation_ids)s::uuid[], %(bodies)b::text[], %(traceparents)s::text[]
    ) with ordinality as sent (
        event_id, type, structure_id, departments, still_in, correlation_id, body, traceparent, place
    )
) as news
inner join webhook on
    webhook.disabled_at is null
    and webhook.deleted_at is null
    and news.type = any(webhook.events)
    and case
        when news.still_in is null then webhook.departments is null or webhook.departments && news.departments
        else webhook.departments && news.departments and not webhook.departments && news.still_in
    end
order by news.place
returning event_id

-- name: wake_dispatcher
select pg_notify('delivery', '')

-- name: insert_delivery
insert into delivery (id, webhook_id, event_id, event_type, body)
values (%(id)s, %(webhook_id)s, %(event_id)s, %(event_type)s, %(body)s)

-- name: webhooks_with_due_deliveries
select webhook.id
from webhook
where exists(select from delivery where webhook_id = webhook.id and next_attempt_at <= now())

-- name: due_deliveries
select
    delivery.id, delivery.webhook_id, delivery.event_id, delivery.event_type, delivery.body, webhook.url,
    webhook.secret, webhook.disabled_at is null and webhook.deleted_at is null as active, delivery.traceparent
from delivery
inner join webhook on webhook.id = delivery.webhook_id
where delivery.webhook_id = %(webhook_id)s and delivery.next_attempt_at <= now()
order by delivery.correlation_id is null, delivery.next_attempt_at, delivery.id
limit %(most)s

-- name: lock_delivery
select id, webhook_id, event_id, structure_id, correlation_id, attempts, round_start
from delivery
where id = %(id)s
for update

-- name: insert_attempt
insert into attempt (delivery_id, number, at, status_code, error, duration_ms, response)
values (%(delivery_id)s, %(number)s, %(at)s, %(status_code)s, %(error)s, %(duration_ms)s, %(response)s)

-- name: record_outcome
update delivery set
    status = %(status)s,
    attempts = %(attempts)s,
    next_attempt_at = now() + make_interval(secs => %(delay)s::double precision)
where id = %(id)s
returning next_attempt_at

-- name: abandon_deliveries
update delivery set status = 'abandoned', next_attempt_at = null
where webhook_id = %(webhook_id)s and next_attempt_at is not null
returning id, webhook_id, event_id, structure_id, correlation_id, attempts, round_start

-- name: replay_delivery
update delivery set status = 'pending', round_start = attempts, next_attempt_at = now()
where id = %(id)s

-- name: webhook_of_delivery
select webhook_id from delivery where id = %(id)s

-- name: deliveries_newest_first
select
    delivery.id, delivery.event_id, delivery.event_type, delivery.structure_id, delivery.department,
    delivery.correlation_id, delivery.status, delivery.next_attempt_at, delivery.created_at,
    coalesce(
        (
            select
                jsonb_agg(
                    jsonb_build_object(
                        'number', attempt.number, 'at', attempt.at, 'status_code', attempt.status_code,
                        'error', attempt.error, 'duration_ms', attempt.duration_ms, 'response', attempt.response
                    )
                    order by attempt.number
                )
            from attempt
            where attempt.delivery_id = delivery.id
        ),
        '[]'
    ) as attempts
from delivery
where
    delivery.webhook_id = %(webhook_id)s
    and (%(id)s::uuid is null or delivery.id = %(id)s)
    and (%(after)s::uuid is null or delivery.id < %(after)s)
order by delivery.id desc
limit %(most)s

-- name: forget_deliveries
delete from delivery
where next_attempt_at is null and created_at < now() - %(age)s::interval
