-- migrate:up

-- What administrators put on top of the public pages. Departments: none is everywhere; both days count.
create table announcement (
    id uuid primary key,
    version bigint not null,
    text text not null,
    text_en text,
    tone text not null check (tone in ('info', 'alert')),
    departments text [] not null,
    starts_on date not null,
    ends_on date not null check (ends_on >= starts_on),
    created_at timestamptz not null,
    created_by uuid not null,
    updated_at timestamptz not null,
    updated_by uuid not null,
    withdrawn_at timestamptz
);
create index announcement_ends_on on announcement (ends_on) where withdrawn_at is null;

-- migrate:down
drop table announcement;
