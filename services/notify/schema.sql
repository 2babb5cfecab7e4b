-- What the migrations of this service and of the libraries come to. `make schema` writes it.

CREATE TABLE public.attempt (
    delivery_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    status_code bigint,
    error text,
    duration_ms bigint NOT NULL,
    response text
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

CREATE TABLE public.delivery (
    id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    structure_id uuid,
    department text,
    correlation_id uuid,
    body text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    round_start bigint DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    traceparent text,
    CONSTRAINT delivery_check CHECK (((next_attempt_at IS NOT NULL) = (status = ANY (ARRAY['pending'::text, 'failed'::text])))),
    CONSTRAINT delivery_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'abandoned'::text])))
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

CREATE TABLE public.message (
    id uuid NOT NULL,
    template text NOT NULL,
    sealed text,
    sealed_reason text,
    place text,
    slug text,
    about uuid,
    correlation_id uuid,
    causation_id uuid,
    status text DEFAULT 'pending'::text NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now(),
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    traceparent text,
    CONSTRAINT message_check CHECK (((next_attempt_at IS NOT NULL) = (status = ANY (ARRAY['pending'::text, 'failed'::text])))),
    CONSTRAINT message_check1 CHECK (((sealed IS NOT NULL) = (next_attempt_at IS NOT NULL))),
    CONSTRAINT message_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text, 'abandoned'::text]))),
    CONSTRAINT message_template_check CHECK ((template = ANY (ARRAY['received'::text, 'published'::text, 'rejected'::text, 'signin'::text])))
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

CREATE TABLE public.publication (
    contribution_id uuid NOT NULL,
    approved boolean DEFAULT false NOT NULL,
    applied boolean DEFAULT false NOT NULL,
    sealed_contact text,
    place text,
    slug text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.stream (
    service text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.webhook (
    id uuid NOT NULL,
    owner uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    departments text[],
    secret text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    failing_since timestamp with time zone,
    disabled_at timestamp with time zone,
    disabled_reason text,
    deleted_at timestamp with time zone,
    CONSTRAINT webhook_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['gone'::text, 'failing'::text])))
);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (delivery_id, number);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.consumer
    ADD CONSTRAINT consumer_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_webhook_id_event_id_key UNIQUE (webhook_id, event_id);

ALTER TABLE ONLY public.failure
    ADD CONSTRAINT failure_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_id_key UNIQUE (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT publication_pkey PRIMARY KEY (contribution_id);

ALTER TABLE ONLY public.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (service);

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);

CREATE INDEX audit_finished ON public.audit USING btree (finished_at);

CREATE INDEX dead_letter_buried ON public.dead_letter USING btree (buried_at);

CREATE INDEX delivery_by_webhook ON public.delivery USING btree (webhook_id, id);

CREATE INDEX delivery_finished ON public.delivery USING btree (created_at) WHERE (next_attempt_at IS NULL);

CREATE INDEX delivery_in_line ON public.delivery USING btree (webhook_id, ((correlation_id IS NULL)), next_attempt_at, id) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX failure_failed ON public.failure USING btree (failed_at);

CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (claimed_at);

CREATE INDEX inbox_handled ON public.inbox USING btree (handled_at);

CREATE INDEX message_due ON public.message USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);

CREATE INDEX message_finished ON public.message USING btree (created_at) WHERE (next_attempt_at IS NULL);

CREATE UNIQUE INDEX message_once ON public.message USING btree (template, about) WHERE (about IS NOT NULL);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree ("position") WHERE (published_at IS NULL);

CREATE INDEX publication_by_age ON public.publication USING btree (created_at);

CREATE INDEX webhook_by_owner ON public.webhook USING btree (owner, id) WHERE (deleted_at IS NULL);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.delivery(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_id_fkey FOREIGN KEY (id) REFERENCES public.dead_letter(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhook(id);
