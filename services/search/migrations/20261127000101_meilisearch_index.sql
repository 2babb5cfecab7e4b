-- migrate:up

-- With which settings each index on Meilisearch was built: where they are no longer ours it is built anew.
create table meilisearch_index (
    uid text primary key,
    settings text not null
);

-- migrate:down
drop table meilisearch_index;
