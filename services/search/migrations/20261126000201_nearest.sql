-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion
-- The table is read at once, and written by this service's one worker, which waits for migrations.
-- migrate:up

-- The nearest of many, and those of which most is known. A degree of longitude is as long as 0.69 of latitude in the
-- middle of France.
create index document_spot on document using gist (point(longitude * 0.69, latitude)) where listed and stops is null;
create index document_fullest on document (completeness desc, id) where listed;

-- Terms stay in their row, as they are: to look at one costs a third of unpacking it from elsewhere. What is held moves
-- when it is next indexed.
alter table document alter column terms set storage external;
alter table document set (toast_tuple_target = 8160);

-- migrate:down
alter table document reset (toast_tuple_target);
alter table document alter column terms set storage default;
drop index document_fullest;
drop index document_spot;
