-- migrate:up

-- The relay looks for what is unpublished past the dead index entries of all that was published since the last vacuum:
-- a fifth of a large table, by default. Here it comes after so many rows, however large the table, and cleans indexes.
alter table outbox set (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, vacuum_index_cleanup = on
);

-- migrate:down
alter table outbox reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, vacuum_index_cleanup);
