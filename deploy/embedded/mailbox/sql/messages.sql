-- name: keep_message
insert into message (id, sender, recipients, subject, sent_at, plain, html)
values (%(id)s, %(sender)s, %(recipients)s, %(subject)s, %(sent_at)s, %(plain)s, %(html)s);

-- name: messages
select id, sender, recipients, subject, sent_at, plain, html
from message
where %(before)s::uuid is null or id < %(before)s
order by id desc
limit %(limit)s;

-- name: message
select id, sender, recipients, subject, sent_at, plain, html
from message
where id = %(id)s;

-- name: forget_old_messages
delete from message where sent_at < now() - interval '30 days';
