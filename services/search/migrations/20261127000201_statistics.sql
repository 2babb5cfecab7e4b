-- migrate:up

-- What was searched, counted; nothing says by whom. A department that is not known is ''.
create table search_count (
    hour timestamptz not null,
    department text not null,
    searches bigint not null,
    unanswered bigint not null,
    primary key (hour, department)
);
create table service_count (
    day date not null,
    department text not null,
    service text not null,
    searches bigint not null,
    primary key (day, department, service)
);
create table query_count (
    week date not null,
    department text not null,
    query text not null,
    searches bigint not null,
    unanswered bigint not null,
    people bigint not null,
    primary key (week, department, query)
);

-- migrate:down
drop table query_count;
drop table service_count;
drop table search_count;
