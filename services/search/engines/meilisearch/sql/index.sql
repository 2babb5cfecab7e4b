-- name: schema_of_documents
-- Where the tables lie that this connection writes: the live ones, those of a rebuild, or those of an audit.
select relnamespace::regnamespace::text from pg_class where oid = to_regclass('document')

-- name: held
select id, version, tsvector_to_array(terms) as terms from document where listed and id = any(%(ids)s::uuid[])

-- name: removed
select id from document where not listed and id = any(%(ids)s::uuid[])

-- name: nothing_is_indexed
select not exists (select from document)

-- name: settings_of_index
select settings from meilisearch_index where uid = %(uid)s

-- name: set_settings_of_index
insert into meilisearch_index (uid, settings)
values (%(uid)s, %(settings)s)
on conflict (uid) do update set settings = excluded.settings
