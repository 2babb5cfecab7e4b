-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, ban-drop-column
-- The index is small: few structures are mobile.
-- migrate:up

-- Where a mobile structure is found when that is more than one place: a latitude and a longitude for each.
alter table document add column stops double precision [];
create index document_stops on document (id) where listed and stops is not null;

create function metres_to_nearest(
    places double precision [], to_latitude double precision, to_longitude double precision
) returns double precision
language sql immutable parallel safe
return (
    select min(metres_between(places[place][1], places[place][2], to_latitude, to_longitude))
    from generate_subscripts(places, 1) as place
);

-- migrate:down
-- squawk-ignore ban-drop-function
drop function metres_to_nearest;
drop index document_stops;
alter table document drop column stops;
