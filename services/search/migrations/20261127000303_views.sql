-- migrate:up

-- How often records were read, as the directory tells it. A department that is not known is ''.
create table view_count (
    hour timestamptz not null,
    department text not null,
    views bigint not null,
    primary key (hour, department)
);
create table service_view_count (
    day date not null,
    department text not null,
    service text not null,
    views bigint not null,
    primary key (day, department, service)
);
-- Told of what several people saw in one week.
create table structure_view_count (
    week date not null,
    structure_id uuid not null,
    department text not null,
    views bigint not null,
    primary key (week, structure_id, department)
);

-- migrate:down
drop table structure_view_count;
drop table service_view_count;
drop table view_count;
