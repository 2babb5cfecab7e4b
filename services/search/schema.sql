-- What the migrations of this service and of the libraries come to. `make schema` writes it.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE FUNCTION public.metres_between(latitude double precision, longitude double precision, to_latitude double precision, to_longitude double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((12742018)::double precision * asin(sqrt(LEAST((1)::double precision, ((sin((radians((latitude - to_latitude)) / (2)::double precision)) ^ (2)::double precision) + ((cos(radians(latitude)) * cos(radians(to_latitude))) * (sin((radians((longitude - to_longitude)) / (2)::double precision)) ^ (2)::double precision)))))));

CREATE FUNCTION public.metres_to_nearest(places double precision[], to_latitude double precision, to_longitude double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT min(public.metres_between((metres_to_nearest.places)[place.place][1], (metres_to_nearest.places)[place.place][2], metres_to_nearest.to_latitude, metres_to_nearest.to_longitude)) AS min FROM generate_subscripts(metres_to_nearest.places, 1) place(place));

CREATE TABLE public.announcement (
    id uuid NOT NULL,
    version bigint NOT NULL,
    announcement jsonb,
    ends_on date
);

CREATE TABLE public.audit (
    id bigint NOT NULL,
    projection text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    compared bigint NOT NULL,
    differing bigint NOT NULL,
    repaired bigint NOT NULL,
    late bigint NOT NULL,
    detail jsonb NOT NULL
);

ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.card (
    document_id uuid NOT NULL,
    body json NOT NULL
);

CREATE TABLE public.consumer (
    name text NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.dead_letter (
    id uuid NOT NULL,
    consumer text NOT NULL,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    data text NOT NULL,
    error text NOT NULL,
    deliveries bigint NOT NULL,
    buried_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.dead_letter_replay (
    id uuid NOT NULL,
    requested_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.document (
    id uuid NOT NULL,
    version bigint NOT NULL,
    latitude double precision,
    longitude double precision,
    open_computed_until timestamp with time zone,
    prominence real DEFAULT 0 CONSTRAINT document_completeness_not_null NOT NULL,
    profile_id bigint,
    listed boolean NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    open_during tstzmultirange DEFAULT '{}'::tstzmultirange NOT NULL,
    terms tsvector DEFAULT ''::tsvector NOT NULL,
    stops double precision[],
    closed_during tstzmultirange DEFAULT '{}'::tstzmultirange NOT NULL,
    service_categories text[],
    service_open tstzmultirange[],
    service_closed tstzmultirange[],
    is_weekly boolean DEFAULT false NOT NULL
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY public.document ALTER COLUMN terms SET STORAGE EXTERNAL;

CREATE TABLE public.failure (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    tries bigint DEFAULT 1 NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.generation (
    id boolean DEFAULT true NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT generation_id_check CHECK (id)
);

CREATE TABLE public.idempotency_key (
    digest bytea NOT NULL,
    request bytea NOT NULL,
    made uuid NOT NULL,
    claimed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    handled_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.meilisearch_index (
    uid text NOT NULL,
    settings text NOT NULL
);

CREATE TABLE public.outbox (
    "position" bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    aggregate_id uuid NOT NULL,
    aggregate_version bigint NOT NULL,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    data text NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    published_at timestamp with time zone
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000', vacuum_index_cleanup='on');

ALTER TABLE public.outbox ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.profile (
    id bigint NOT NULL,
    departments text[] CONSTRAINT profile_department_not_null NOT NULL,
    categories text[] NOT NULL,
    publics text[] NOT NULL,
    exclusive boolean NOT NULL
);

ALTER TABLE public.profile ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.profile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.query_count (
    week date NOT NULL,
    department text NOT NULL,
    query text NOT NULL,
    searches bigint NOT NULL,
    unanswered bigint NOT NULL,
    people bigint NOT NULL
);

CREATE TABLE public.search_count (
    hour timestamp with time zone NOT NULL,
    department text NOT NULL,
    searches bigint NOT NULL,
    unanswered bigint NOT NULL
);

CREATE TABLE public.service_count (
    day date NOT NULL,
    department text NOT NULL,
    service text NOT NULL,
    searches bigint NOT NULL
);

CREATE TABLE public.service_view_count (
    day date NOT NULL,
    department text NOT NULL,
    service text NOT NULL,
    views bigint NOT NULL
);

CREATE TABLE public.stream (
    service text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.structure_view_count (
    week date NOT NULL,
    structure_id uuid NOT NULL,
    department text NOT NULL,
    views bigint NOT NULL
);

CREATE TABLE public.view_count (
    hour timestamp with time zone NOT NULL,
    department text NOT NULL,
    views bigint NOT NULL
);

CREATE TABLE public.word (
    word text NOT NULL COLLATE pg_catalog."C"
);

ALTER TABLE ONLY public.announcement
    ADD CONSTRAINT announcement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.card
    ADD CONSTRAINT card_pkey PRIMARY KEY (document_id);

ALTER TABLE ONLY public.consumer
    ADD CONSTRAINT consumer_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.failure
    ADD CONSTRAINT failure_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.generation
    ADD CONSTRAINT generation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.meilisearch_index
    ADD CONSTRAINT meilisearch_index_pkey PRIMARY KEY (uid);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_id_key UNIQUE (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.profile
    ADD CONSTRAINT profile_departments_categories_publics_exclusive_key UNIQUE (departments, categories, publics, exclusive);

ALTER TABLE ONLY public.profile
    ADD CONSTRAINT profile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.query_count
    ADD CONSTRAINT query_count_pkey PRIMARY KEY (week, department, query);

ALTER TABLE ONLY public.search_count
    ADD CONSTRAINT search_count_pkey PRIMARY KEY (hour, department);

ALTER TABLE ONLY public.service_count
    ADD CONSTRAINT service_count_pkey PRIMARY KEY (day, department, service);

ALTER TABLE ONLY public.service_view_count
    ADD CONSTRAINT service_view_count_pkey PRIMARY KEY (day, department, service);

ALTER TABLE ONLY public.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (service);

ALTER TABLE ONLY public.structure_view_count
    ADD CONSTRAINT structure_view_count_pkey PRIMARY KEY (week, structure_id, department);

ALTER TABLE ONLY public.view_count
    ADD CONSTRAINT view_count_pkey PRIMARY KEY (hour, department);

ALTER TABLE ONLY public.word
    ADD CONSTRAINT word_pkey PRIMARY KEY (word);

CREATE INDEX audit_finished ON public.audit USING btree (finished_at);

CREATE INDEX dead_letter_buried ON public.dead_letter USING btree (buried_at);

CREATE INDEX document_fullest ON public.document USING btree (prominence DESC, id) WHERE listed;

CREATE INDEX document_openings_run_out ON public.document USING btree (open_computed_until) WHERE listed;

CREATE INDEX document_place ON public.document USING btree (latitude, longitude) WHERE listed;

CREATE INDEX document_profile ON public.document USING btree (profile_id) WHERE listed;

CREATE INDEX document_spot ON public.document USING gist (point((longitude * (0.69)::double precision), latitude)) WHERE (listed AND (stops IS NULL));

CREATE INDEX document_stops ON public.document USING btree (id) WHERE (listed AND (stops IS NOT NULL));

CREATE INDEX document_terms ON public.document USING gin (terms) WITH (gin_pending_list_limit='256') WHERE listed;

CREATE INDEX failure_failed ON public.failure USING btree (failed_at);

CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (claimed_at);

CREATE INDEX inbox_handled ON public.inbox USING btree (handled_at);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree ("position") WHERE (published_at IS NULL);

CREATE INDEX word_trigrams ON public.word USING gin (word public.gin_trgm_ops);

ALTER TABLE ONLY public.card
    ADD CONSTRAINT card_document_id_fkey FOREIGN KEY (document_id) REFERENCES public.document(id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_id_fkey FOREIGN KEY (id) REFERENCES public.dead_letter(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_profile_id_fkey FOREIGN KEY (profile_id) REFERENCES public.profile(id);
