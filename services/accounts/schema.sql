-- What the migrations of this service and of the libraries come to. `make schema` writes it.

CREATE TABLE public.account (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    signed_in_at timestamp with time zone,
    disabled_at timestamp with time zone,
    CONSTRAINT account_email_check CHECK ((email = lower(email)))
);

CREATE TABLE public.api_token (
    id uuid NOT NULL,
    account_id uuid,
    label text NOT NULL,
    role text NOT NULL,
    departments text[],
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_token_departments_check CHECK ((departments <> '{}'::text[])),
    CONSTRAINT api_token_role_check CHECK ((role = ANY (ARRAY['administrator'::text, 'moderator'::text, 'partner'::text])))
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

CREATE TABLE public.role_grant (
    account_id uuid NOT NULL,
    role text NOT NULL,
    departments text[],
    CONSTRAINT role_grant_departments_check CHECK ((departments <> '{}'::text[])),
    CONSTRAINT role_grant_role_check CHECK ((role = ANY (ARRAY['administrator'::text, 'moderator'::text, 'partner'::text])))
);

CREATE TABLE public.session (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    device text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

CREATE TABLE public.signin (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    destination text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE public.signin_attempt (
    id uuid NOT NULL,
    address_hash bytea NOT NULL,
    attempted_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.stream (
    service text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_email_key UNIQUE (email);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.consumer
    ADD CONSTRAINT consumer_pkey PRIMARY KEY (name);

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

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_id_key UNIQUE (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY public.role_grant
    ADD CONSTRAINT role_grant_pkey PRIMARY KEY (account_id, role);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signin_attempt
    ADD CONSTRAINT signin_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signin
    ADD CONSTRAINT signin_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signin
    ADD CONSTRAINT signin_secret_hash_key UNIQUE (secret_hash);

ALTER TABLE ONLY public.stream
    ADD CONSTRAINT stream_pkey PRIMARY KEY (service);

CREATE INDEX api_token_of_account ON public.api_token USING btree (account_id, id);

CREATE INDEX audit_finished ON public.audit USING btree (finished_at);

CREATE INDEX dead_letter_buried ON public.dead_letter USING btree (buried_at);

CREATE INDEX failure_failed ON public.failure USING btree (failed_at);

CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (claimed_at);

CREATE INDEX inbox_handled ON public.inbox USING btree (handled_at);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree ("position") WHERE (published_at IS NULL);

CREATE INDEX session_expiry ON public.session USING btree (expires_at);

CREATE INDEX session_of_account ON public.session USING btree (account_id, id);

CREATE INDEX signin_attempt_time ON public.signin_attempt USING btree (attempted_at, address_hash);

CREATE INDEX signin_expiry ON public.signin USING btree (expires_at);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.dead_letter_replay
    ADD CONSTRAINT dead_letter_replay_id_fkey FOREIGN KEY (id) REFERENCES public.dead_letter(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.role_grant
    ADD CONSTRAINT role_grant_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.signin
    ADD CONSTRAINT signin_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
