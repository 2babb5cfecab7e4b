-- migrate:up

-- The directory's announcements, as it last told them; of one that was withdrawn only the version stays.
create table announcement (
    id uuid primary key,
    version bigint not null,
    announcement jsonb,
    ends_on date
);

-- migrate:down
drop table announcement;
