-- What the migrations of this service and of the libraries come to. `make schema` writes it.

CREATE TABLE public.announcement (
    id uuid NOT NULL,
    version bigint NOT NULL,
    text text NOT NULL,
    text_en text,
    tone text NOT NULL,
    departments text[] NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by uuid NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT announcement_check CHECK ((ends_on >= starts_on)),
    CONSTRAINT announcement_tone_check CHECK ((tone = ANY (ARRAY['info'::text, 'alert'::text])))
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

CREATE TABLE public.export_file (
    department text NOT NULL,
    refreshed_at timestamp with time zone NOT NULL,
    revision bigint NOT NULL
);

CREATE TABLE public.export_line (
    structure_id uuid NOT NULL,
    version bigint NOT NULL,
    departments text[] CONSTRAINT export_line_department_not_null NOT NULL,
    csv text NOT NULL,
    data_inclusion_structure text NOT NULL,
    data_inclusion_services text NOT NULL
);

CREATE TABLE public.failure (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    tries bigint DEFAULT 1 NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.former_slug (
    slug text NOT NULL,
    structure_id uuid NOT NULL
);

CREATE TABLE public.idempotency_key (
    digest bytea NOT NULL,
    request bytea NOT NULL,
    made uuid NOT NULL,
    claimed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.import_run (
    id uuid NOT NULL,
    source text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    report jsonb
);

CREATE TABLE public.inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    handled_at timestamp with time zone DEFAULT now() NOT NULL
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
    status text NOT NULL,
    visibility text NOT NULL,
    name text NOT NULL,
    state jsonb NOT NULL,
    field_versions jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE public.structure_history (
    structure_id uuid NOT NULL,
    version bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    origin text NOT NULL,
    changed_by text,
    reason text,
    contribution_id uuid,
    fields text[] NOT NULL,
    changes jsonb NOT NULL
);

CREATE TABLE public.structure_source (
    source text NOT NULL,
    external_id text NOT NULL,
    structure_id uuid NOT NULL,
    content_hash text NOT NULL,
    content jsonb NOT NULL
);

ALTER TABLE ONLY public.announcement
    ADD CONSTRAINT announcement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.consumer
    ADD CONSTRAINT consumer_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.export_file
    ADD CONSTRAINT export_file_pkey PRIMARY KEY (department);

ALTER TABLE ONLY public.export_line
    ADD CONSTRAINT export_line_pkey PRIMARY KEY (structure_id);

ALTER TABLE ONLY public.failure
    ADD CONSTRAINT failure_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.former_slug
    ADD CONSTRAINT former_slug_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT import_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_id_key UNIQUE (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (service);

ALTER TABLE ONLY public.structure_history
    ADD CONSTRAINT structure_history_pkey PRIMARY KEY (structure_id, version);

ALTER TABLE ONLY public.structure
    ADD CONSTRAINT structure_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.structure
    ADD CONSTRAINT structure_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.structure_source
    ADD CONSTRAINT structure_source_pkey PRIMARY KEY (source, external_id);

CREATE INDEX announcement_ends_on ON public.announcement USING btree (ends_on) WHERE (withdrawn_at IS NULL);

CREATE INDEX audit_finished ON public.audit USING btree (finished_at);

CREATE INDEX dead_letter_buried ON public.dead_letter USING btree (buried_at);

CREATE INDEX export_line_departments ON public.export_line USING gin (departments);

CREATE INDEX failure_failed ON public.failure USING btree (failed_at);

CREATE INDEX former_slug_structure ON public.former_slug USING btree (structure_id);

CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (claimed_at);

CREATE INDEX import_run_started ON public.import_run USING btree (started_at);

CREATE INDEX inbox_handled ON public.inbox USING btree (handled_at);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree ("position") WHERE (published_at IS NULL);

CREATE UNIQUE INDEX structure_history_contribution ON public.structure_history USING btree (contribution_id) WHERE (contribution_id IS NOT NULL);

CREATE INDEX structure_source_structure ON public.structure_source USING btree (structure_id);

CREATE INDEX structure_updated ON public.structure USING btree (updated_at, id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_id_fkey FOREIGN KEY (id) REFERENCES public.dead_letter(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.former_slug
    ADD CONSTRAINT former_slug_structure_id_fkey FOREIGN KEY (structure_id) REFERENCES public.structure(id);

ALTER TABLE ONLY public.structure_history
    ADD CONSTRAINT structure_history_structure_id_fkey FOREIGN KEY (structure_id) REFERENCES public.structure(id);

ALTER TABLE ONLY public.structure_source
    ADD CONSTRAINT structure_source_structure_id_fkey FOREIGN KEY (structure_id) REFERENCES public.structure(id);
