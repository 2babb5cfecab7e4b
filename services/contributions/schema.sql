-- What the migrations of this service and of the libraries come to. `make schema` writes it.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

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

CREATE TABLE public.consumer (
    name text NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.contribution (
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    structure_id uuid,
    based_on_version bigint NOT NULL,
    proposed jsonb NOT NULL,
    base jsonb NOT NULL,
    name text NOT NULL,
    departments text[] CONSTRAINT contribution_department_not_null NOT NULL,
    contact_email text,
    contact_name text,
    contact_role text,
    contact_language text DEFAULT 'fr'::text NOT NULL,
    wants_answer boolean NOT NULL,
    comment text,
    submitted_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decided_by text,
    decided_by_name text,
    reason text,
    edits jsonb DEFAULT '{}'::jsonb NOT NULL,
    outcome jsonb,
    conflicts text[] DEFAULT '{}'::text[] NOT NULL,
    traceparent text,
    internal_contacts jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT contribution_check CHECK (((kind = 'addition'::text) OR (structure_id IS NOT NULL))),
    CONSTRAINT contribution_check1 CHECK (((status = 'pending'::text) OR (decided_at IS NOT NULL))),
    CONSTRAINT contribution_kind_check CHECK ((kind = ANY (ARRAY['addition'::text, 'correction'::text]))),
    CONSTRAINT contribution_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'applied'::text, 'rejected'::text, 'conflicted'::text])))
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

CREATE TABLE public.failure (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    tries bigint DEFAULT 1 NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL
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

CREATE TABLE public.journey_step (
    contribution_id uuid NOT NULL,
    event_id uuid NOT NULL,
    service text NOT NULL,
    step text NOT NULL,
    at timestamp with time zone NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
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

CREATE TABLE public.stream (
    service text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.structure (
    id uuid NOT NULL,
    slug text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    folded_name text NOT NULL,
    folded_city text,
    department text,
    latitude double precision,
    longitude double precision,
    phones text[] NOT NULL,
    state jsonb,
    field_versions jsonb NOT NULL,
    withdrawn boolean DEFAULT false NOT NULL,
    replaced_by uuid
);

CREATE TABLE public.submission_count (
    hour timestamp with time zone NOT NULL,
    sender bytea NOT NULL,
    count bigint NOT NULL
);

CREATE TABLE public.submission_salt (
    day date NOT NULL,
    salt bytea NOT NULL
);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.consumer
    ADD CONSTRAINT consumer_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.contribution
    ADD CONSTRAINT contribution_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.failure
    ADD CONSTRAINT failure_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.journey_step
    ADD CONSTRAINT journey_step_pkey PRIMARY KEY (contribution_id, event_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_id_key UNIQUE (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (service);

ALTER TABLE ONLY public.structure
    ADD CONSTRAINT structure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.submission_count
    ADD CONSTRAINT submission_count_pkey PRIMARY KEY (hour, sender);

ALTER TABLE ONLY public.submission_salt
    ADD CONSTRAINT submission_salt_pkey PRIMARY KEY (day);

CREATE INDEX audit_finished ON public.audit USING btree (finished_at);

CREATE INDEX contribution_by_departments ON public.contribution USING gin (departments);

CREATE INDEX contribution_by_status ON public.contribution USING btree (status, id);

CREATE INDEX contribution_with_contact ON public.contribution USING btree (decided_at) WHERE ((contact_email IS NOT NULL) OR (contact_name IS NOT NULL) OR (internal_contacts <> '{}'::jsonb));

CREATE INDEX dead_letter_buried ON public.dead_letter USING btree (buried_at);

CREATE INDEX failure_failed ON public.failure USING btree (failed_at);

CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (claimed_at);

CREATE INDEX inbox_handled ON public.inbox USING btree (handled_at);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree ("position") WHERE (published_at IS NULL);

CREATE INDEX structure_by_name ON public.structure USING btree (folded_name);

CREATE INDEX structure_by_phone ON public.structure USING gin (phones);

CREATE INDEX structure_by_position ON public.structure USING btree (latitude, longitude);

CREATE INDEX structure_by_postcode ON public.structure USING btree (((state #>> '{address,postcode}'::text[])));

CREATE INDEX structure_by_slug ON public.structure USING btree (slug);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_id_fkey FOREIGN KEY (id) REFERENCES public.dead_letter(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.journey_step
    ADD CONSTRAINT journey_step_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES public.contribution(id) ON DELETE CASCADE;
