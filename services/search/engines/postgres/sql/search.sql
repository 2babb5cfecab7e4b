-- name: generation
select number from generation

-- name: know_words
select
    asked.word,
    ts_lexize('french_stem', asked.word) as stems,
    exists (select from word where word.word = asked.word) as known,
    exists (
        -- U+10FFFF ends every range of beginnings: words are compared by code point.
        select from word where word.word >= asked.word and word.word < asked.word || U&'\+10FFFF'
    ) as begins
from unnest(%(words)s::text[]) as asked (word)

-- name: words_alike
select asked.word, array_agg(alike.word) as alike
from
    unnest(%(words)s::text[]) as asked (word),
    lateral (
        select word.word from word
        where word.word %% asked.word
        order by similarity(word.word, asked.word) desc, word.word
        limit 50
    ) as alike
group by asked.word

-- name: stem_words
select asked.word, ts_lexize('french_stem', asked.word) as stems
from unnest(%(words)s::text[]) as asked (word)

-- name: profiles_like
select coalesce(array_agg(id), '{}') as ids
from profile
where
    (%(departments)s::text[] is null or departments && %(departments)s)
    and (%(categories)s::text[] is null or categories && %(categories)s)
    and (%(family)s::text[] is null or categories && %(family)s)
    and (%(publics)s::text[] is null or publics && %(publics)s or not exclusive)

-- name: profiles
select id, departments, categories from profile where id = any(%(ids)s)

-- name: matches
select exists (select from document where listed and terms @@ %(match)s::tsquery)

-- name: matching
-- What a search is for, before it is counted, ranked or cut into pages: the queries after this one go on from here.
with matching as not materialized (
    select *
    from (
        select
            id,
            profile_id,
            prominence,
            latitude,
            longitude,
            stops,
            name,
            terms,
            is_weekly,
            coalesce(
                case
                    -- Of a service with hours of its own: whether all that are asked for are closed.
                    when service_categories && %(needs)s::text[] then (
                        select bool_and(closed_during @> %(closed_at)s::timestamptz)
                        from unnest(service_categories, service_closed) as service (category, closed_during)
                        where category = any(%(needs)s)
                    )
                    else closed_during @> %(closed_at)s::timestamptz
                end,
                false
            ) as is_closed,
            case
                when %(latitude)s::double precision is null then 0
                when latitude is null then %(nowhere)s
                when stops is not null then metres_to_nearest(stops, %(latitude)s, %(longitude)s)
                else metres_between(latitude, longitude, %(latitude)s, %(longitude)s)
            end as distance
        from document
        where
            listed
            and (%(match)s::tsquery is null or terms @@ %(match)s::tsquery)
            and (%(profiles)s::bigint[] is null or profile_id = any(%(profiles)s))
            -- One alternative, which both indexes serve: the circle's box, or the few that are in several places.
            and (
                %(south)s::double precision is null
                or latitude between %(south)s and %(north)s
                and (%(west)s::double precision is null or longitude between %(west)s and %(east)s)
                or stops is not null
            )
            and (
                %(open_at)s::timestamptz is null
                or case
                    when not is_weekly and %(unusual)s::uuid[] is not null then id = any(%(unusual)s)
                    when service_categories && %(needs)s::text[] then exists (
                        select
                        from unnest(service_categories, service_open) as service (category, open_during)
                        where
                            category = any(%(needs)s)
                            and open_during && tstzrange(%(open_at)s, %(open_until)s, '[]')
                    )
                    else open_during && tstzrange(%(open_at)s, %(open_until)s, '[]')
                end
            )
    ) as found
    where %(radius)s::double precision is null or distance <= %(radius)s
)

-- name: unusual
select id, body::text as card
from matching
join card on document_id = id
where not is_weekly

-- name: counted
-- Looked through once, for the counts and for the page.
, found as materialized (
    select id, profile_id, is_closed, prominence, distance from matching
),
counted as (
    select profile_id, count(*) filter (where not is_closed) as shown, count(*) filter (where is_closed) as hidden
    from found
    group by profile_id
)

-- name: few_with_words
-- Few are all ranked.
, ranked as (
    select found.id, prominence, held.name, held.terms, distance
    from
        found,
        -- Row by row: there are few, which the planner cannot know.
        lateral (select name, terms from document where document.id = found.id offset 0) as held
    where not is_closed and (select sum(shown) from counted) <= %(many)s
)

-- name: few
, ranked as (
    select id, prominence, '' as name, ''::tsvector as terms, distance
    from found
    where not is_closed and (select sum(shown) from counted) <= %(many)s
)

-- name: nearest
-- The nearest of many are ranked, and the few that are in several places.
, near_by as materialized (
    -- Without the words: all that matches is sorted, and few of it are ranked.
    select id, point(longitude * 0.69, latitude) <-> point(%(longitude)s * 0.69, %(latitude)s) as reach, distance
    from matching
    where stops is null and not is_closed
    order by reach, id
    limit %(window)s
),
ranked as (
    select near_by.id, prominence, name, terms, distance
    from near_by, lateral (select prominence, name, terms from document where document.id = near_by.id offset 0) as held
    union all
    select id, prominence, name, terms, distance from matching where stops is not null and not is_closed
)

-- name: fullest
-- Of many, those of which most is known are ranked.
, ranked as (
    select id, prominence, name, terms, distance
    from matching
    where not is_closed
    order by prominence desc, id
    limit %(window)s
)

-- name: best
, scored as (
    select
        id,
        distance,
        distance as reach,
        case
            when %(match)s::tsquery is null and %(latitude)s::double precision is null then prominence
            when %(match)s::tsquery is null then 0
            when %(latitude)s::double precision is null then relevance + prominence / 20
            else relevance / (1 + distance / %(near_by)s)
        end::double precision as score
    from
        ranked,
        lateral (
            select
                ts_rank(%(weights)s::real[], terms, %(rank)s::tsquery)
                -- How much of the name was typed: « mairie beauvai » is Beauvais before Beauvais-sur-Tescou.
                + case
                    when %(phrase)s = '' or not starts_with(name, %(phrase)s) then 0
                    when name = %(phrase)s then 0.5
                    else 0.3 * length(%(phrase)s) / length(name)
                end
                -- What offers the need stands before a name that is like a word for it: « travail », « Santé au travail ».
                + case when terms @@ %(needed)s::tsquery then %(need)s else 0 end as relevance
        ) as judged
),
page as (
    select *
    from scored
    where
        %(after_id)s::uuid is null
        or (-score, reach, id) > (-%(after_score)s::double precision, %(after_reach)s, %(after_id)s)
    order by score desc, reach, id
    limit %(most)s
)

-- name: farther
-- What is farther than the nearest of many, in the order of the plane that the index knows.
, page as (
    select
        id,
        distance,
        coalesce(point(longitude * 0.69, latitude) <-> point(%(longitude)s * 0.69, %(latitude)s), %(nowhere)s) as reach,
        -1 as score
    from matching
    where
        stops is null
        and not is_closed
        and (
            coalesce(point(longitude * 0.69, latitude) <-> point(%(longitude)s * 0.69, %(latitude)s), %(nowhere)s), id
        ) > (%(after_reach)s, %(after_id)s)
    order by point(longitude * 0.69, latitude) <-> point(%(longitude)s * 0.69, %(latitude)s), id
    limit %(most)s
)

-- name: less_full
, page as (
    select id, distance, distance as reach, prominence::double precision - 2 as score
    from matching
    where
        not is_closed
        and (-prominence::double precision, id) > (-(%(after_score)s::double precision + 2), %(after_id)s)
    order by prominence desc, id
    limit %(most)s
)

-- name: counts_and_cards
select
    (select coalesce(json_agg(json_build_array(profile_id, shown, hidden)), '[]') from counted)::text as counts,
    (
        select coalesce(json_agg(json_build_array(score, reach, distance, body) order by score desc, reach, id), '[]')
        from page
        join card on document_id = id
    )::text as cards

-- name: cards
select score, reach, distance, body::text as card
from page
join card on document_id = id
order by score desc, reach, id

-- name: edge_of_nearest
select -1 as score, coalesce(reach, %(nowhere)s) as reach, id from near_by order by reach desc, id desc limit 1

-- name: edge_of_fullest
select prominence::double precision - 2 as score, 0 as reach, id from ranked order by prominence, id desc limit 1
