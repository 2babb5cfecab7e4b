-- name: elsewhere
-- Meilisearch knows one point of each; these have several, one of them within the radius.
select id from document
where listed and stops is not null and metres_to_nearest(stops, %(latitude)s, %(longitude)s) <= %(radius)s

-- name: standing
select
    id,
    name,
    prominence,
    case
        when %(latitude)s::double precision is null then 0
        when latitude is null then %(nowhere)s
        when stops is not null then metres_to_nearest(stops, %(latitude)s, %(longitude)s)
        else metres_between(latitude, longitude, %(latitude)s, %(longitude)s)
    end::double precision as distance,
    coalesce(profile_id in (select id from profile where categories && %(needs)s::text[]), false) as offers
from document
where listed and id = any(%(ids)s::uuid[])

-- name: cards
select document_id as id, body::text as card from card where document_id = any(%(ids)s::uuid[])
