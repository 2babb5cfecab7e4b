-- name: add_searches
insert into search_count (hour, department, searches, unanswered)
select hour, department, searches, unanswered
from
    jsonb_to_recordset(%(rows)s::jsonb)
    as given (hour timestamptz, department text, searches integer, unanswered integer)
order by hour, department
on conflict (hour, department) do update
set
    searches = search_count.searches + excluded.searches,
    unanswered = search_count.unanswered + excluded.unanswered

-- name: add_services
insert into service_count (day, department, service, searches)
select day, department, service, searches
from jsonb_to_recordset(%(rows)s::jsonb) as given (day date, department text, service text, searches integer)
order by day, department, service
on conflict (day, department, service) do update set searches = service_count.searches + excluded.searches

-- name: add_queries
insert into query_count (week, department, query, searches, unanswered, people)
select week, department, query, searches, unanswered, people
from
    jsonb_to_recordset(%(rows)s::jsonb)
    as given (week date, department text, query text, searches integer, unanswered integer, people smallint)
order by week, department, query
on conflict (week, department, query) do update
set
    searches = query_count.searches + excluded.searches,
    unanswered = query_count.unanswered + excluded.unanswered,
    people = greatest(query_count.people, excluded.people)

-- name: forget_queries
delete from query_count
where
    week < %(today)s::date - %(days_of_few)s::integer and people < %(several)s
    or week < %(today)s::date - %(days)s::integer

-- name: by_hour
select
    to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as key,
    sum(searches)::integer as searches,
    sum(unanswered)::integer as unanswered
from search_count
where hour >= %(since)s and hour < %(until)s and (%(department)s::text is null or department = %(department)s)
group by hour
order by hour

-- name: by_day
-- Days without a search count, too.
select
    to_char(day, 'YYYY-MM-DD') as key,
    coalesce(sum(searches), 0)::integer as searches,
    coalesce(sum(unanswered), 0)::integer as unanswered
from generate_series(%(first)s::date, %(last)s::date, interval '1 day') as days (day)
left join
    search_count
    on
        hour >= day::timestamp at time zone 'Europe/Paris'
        and hour < (day::timestamp + interval '1 day') at time zone 'Europe/Paris'
        and (%(department)s::text is null or department = %(department)s)
group by day
order by day

-- name: by_hour_of_day
select
    to_char(number, 'FM00') as key,
    coalesce(sum(searches), 0)::integer as searches,
    coalesce(sum(unanswered), 0)::integer as unanswered
from generate_series(0, 23) as hours (number)
left join
    search_count
    on
        extract(hour from hour at time zone 'Europe/Paris') = number
        and hour >= %(since)s
        and hour < %(until)s
        and (%(department)s::text is null or department = %(department)s)
group by number
order by number

-- name: by_department
select department as key, sum(searches)::integer as searches, sum(unanswered)::integer as unanswered
from search_count
where hour >= %(since)s and hour < %(until)s and (%(department)s::text is null or department = %(department)s)
group by department
order by searches desc, department

-- name: by_service
select service as key, sum(searches)::integer as searches, null::integer as unanswered
from service_count
where day >= %(first)s and day <= %(last)s and (%(department)s::text is null or department = %(department)s)
group by service
order by searches desc, service

-- name: by_query
-- What fewer than several people looked for in a week of a department is told to nobody here.
select query as key, sum(searches)::integer as searches, sum(unanswered)::integer as unanswered
from query_count
where
    week > %(first)s::date - 7
    and week <= %(last)s
    and people >= %(several)s
    and (%(department)s::text is null or department = %(department)s)
group by query
order by searches desc, query
limit %(most)s

-- name: not_found
-- The last part tells apart queries that were asked as often, so that pages follow each other.
select department, query, sum(unanswered)::integer as unanswered, max(week) as week
from query_count
where unanswered > 0 and (%(departments)s::text[] is null or department = any(%(departments)s))
group by department, query
having
    %(after)s::jsonb is null
    or (-sum(unanswered), department, query)
    > ((%(after)s::jsonb ->> 0)::integer, %(after)s::jsonb ->> 1, %(after)s::jsonb ->> 2)
order by unanswered desc, department, query
limit %(most)s
