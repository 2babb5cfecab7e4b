-- migrate:up

-- How a projection stood when it was last compared with the truth; `detail` tells which structures differed.
create table audit (
    id bigint generated always as identity primary key,
    projection text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    compared bigint not null,
    differing bigint not null,
    repaired bigint not null,
    late bigint not null,
    detail jsonb not null
);
create index audit_finished on audit (finished_at);

-- migrate:down
drop table audit;
