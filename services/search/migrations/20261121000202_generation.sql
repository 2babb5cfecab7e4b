-- migrate:up

-- Counts the transactions that changed what can be found: an answer kept from one generation is good while it lasts.
create table generation (
    id boolean primary key default true check (id),
    number bigint not null
);
insert into generation (number) values (0);

-- migrate:down
drop table generation;
