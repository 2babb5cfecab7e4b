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
    (%(department)s::text is null or departments @> array[%(department)s::text])
    and (%(categories)s::text[] is null or categories && %(categories)s)
    and (%(family)s::text[] is null or categories && %(family)s)
    and (%(publics)s::text[] is null or publics && %(publics)s or not exclusive)

-- name: profiles
select id, departments, categories from profile where id = any(%(ids)s)

-- name: matches
select exists (select from document where listed and terms @@ %(match)s::tsquery)

-- name: search
with matches as (
    select
        id,
        profile_id,
        completeness,
        case
            when %(latitude)s::double precision is null then 0
            when latitude is null then %(nowhere)s
            when stops is not null then metres_to_nearest(stops, %(latitude)s, %(longitude)s)
            else metres_between(latitude, longitude, %(latitude)s, %(longitude)s)
        end as distance,
        case
            when %(match)s::tsquery is null then 0
            else
                ts_rank(%(weights)s::real[], terms, %(rank)s::tsquery)
                + case
                    when not starts_with(name, %(phrase)s) then 0
                    when name = %(phrase)s then 0.5
                    else 0.2
                end
        end as relevance
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
        and (%(open_at)s::timestamptz is null or open_during && tstzrange(%(open_at)s, %(open_until)s, '[]'))
),
scored as materialized (
    select
        id,
        profile_id,
        distance,
        case
            when %(match)s::tsquery is null and %(latitude)s::double precision is null then completeness
            when %(match)s::tsquery is null then 0
            when %(latitude)s::double precision is null then relevance + completeness / 20
            else relevance / (1 + distance / %(near_by)s)
        end::double precision as score
    from matches
    where %(radius)s::double precision is null or distance <= %(radius)s
),
page as (
    select id, score, distance
    from scored
    where
        %(after_id)s::uuid is null
        or (-score, distance, id) > (-%(after_score)s::double precision, %(after_distance)s, %(after_id)s)
    order by score desc, distance, id
    limit %(most)s
),
counts as (
    select profile_id, count(*) as structures from scored group by profile_id
)
select
    (
        select json_agg(
            json_build_object('score', score, 'distance', distance, 'card', body) order by score desc, distance, id
        )
        from page join card on document_id = id
    )::text as page,
    (select json_agg(json_build_array(profile_id, structures)) from counts)::text as counts
