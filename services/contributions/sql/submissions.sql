-- name: make_salt
insert into submission_salt (day, salt) values (%(day)s, %(salt)s)
on conflict do nothing

-- name: salt_of_day
select salt from submission_salt where day = %(day)s

-- name: count_submission
insert into submission_count as counted (hour, sender, count) values (%(hour)s, %(sender)s, 1)
on conflict (hour, sender) do update set count = counted.count + 1
returning count

-- name: forget_senders
with salts as (
    delete from submission_salt where day < current_date
)

delete from submission_count where hour < now() - interval '2 hours'
