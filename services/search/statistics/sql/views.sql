-- name: views_add_hours
insert into view_count (hour, department, views)
select hour, department, views
from jsonb_to_recordset(%(rows)s::jsonb) as given (hour timestamptz, department text, views bigint)
order by hour, department
on conflict (hour, department) do update set views = view_count.views + excluded.views

-- name: views_add_services
insert into service_view_count (day, department, service, views)
select day, department, category, views
from jsonb_to_recordset(%(rows)s::jsonb) as given (day date, department text, category text, views bigint)
order by day, department, category
on conflict (day, department, service) do update set views = service_view_count.views + excluded.views

-- name: views_add_structures
insert into structure_view_count (week, structure_id, department, views)
select week, structure_id, department, views
from jsonb_to_recordset(%(rows)s::jsonb) as given (week date, structure_id uuid, department text, views bigint)
order by week, structure_id, department
on conflict (week, structure_id, department) do update set views = structure_view_count.views + excluded.views

-- name: views_forget
delete from structure_view_count where week < %(today)s::date - %(days)s::integer

-- name: views_by_hour
select to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as key, sum(views)::bigint as views
from view_count
where hour >= %(since)s and hour < %(until)s and (%(department)s::text is null or department = %(department)s)
group by hour
order by hour

-- name: views_by_day
-- Days without a view, too.
select to_char(day, 'YYYY-MM-DD') as key, coalesce(sum(views), 0)::bigint as views
from generate_series(%(first)s::date, %(last)s::date, interval '1 day') as days (day)
left join
    view_count
    on
        hour >= day::timestamp at time zone 'Europe/Paris'
        and hour < (day::timestamp + interval '1 day') at time zone 'Europe/Paris'
        and (%(department)s::text is null or department = %(department)s)
group by day
order by day

-- name: views_by_department
select department as key, sum(views)::bigint as views
from view_count
where hour >= %(since)s and hour < %(until)s and (%(department)s::text is null or department = %(department)s)
group by department
order by views desc, department

-- name: views_by_service
select service as key, sum(views)::bigint as views
from service_view_count
where day >= %(first)s and day <= %(last)s and (%(department)s::text is null or department = %(department)s)
group by service
order by views desc, service

-- name: views_by_structure
-- Those that are listed still.
select
    structure_id::text as key,
    sum(views)::bigint as views,
    min(body ->> 'name') as name,
    min(body ->> 'slug') as slug,
    min(body ->> 'city') as city
from structure_view_count
join card on document_id = structure_id
where
    week > %(first)s::date - 7
    and week <= %(last)s
    and (%(department)s::text is null or department = %(department)s)
group by structure_id
order by views desc, structure_id
limit %(most)s
