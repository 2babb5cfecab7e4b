-- migrate:up

-- E-mail addresses are stored in lower case, so that an address is one whatever way it is typed.
create table account (
    id uuid primary key,
    email text not null unique check (email = lower(email)),
    name text not null,
    created_at timestamptz not null default now(),
    signed_in_at timestamptz,
    disabled_at timestamptz
);

-- departments: codes; null means all of them.
create table role_grant (
    account_id uuid not null references account (id),
    role text not null check (role in ('administrator', 'moderator', 'partner')),
    departments text[] check (departments <> '{}'),
    primary key (account_id, role)
);

-- The id is the jti of the credential in the cookie.
create table session (
    id uuid primary key,
    account_id uuid not null references account (id),
    device text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index session_of_account on session (account_id, id);
create index session_expiry on session (expires_at);

-- Links to sign in: the secret is only in the link.
create table signin (
    id uuid primary key,
    account_id uuid not null references account (id),
    secret_hash bytea not null unique,
    destination text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index signin_expiry on signin (expires_at);

-- Requests for a link, counted to bound them; an address here need not be known.
create table signin_attempt (
    id uuid primary key,
    address_hash bytea not null,
    attempted_at timestamptz not null default now()
);
create index signin_attempt_time on signin_attempt (attempted_at, address_hash);

-- The id is the jti of the credential. Tokens made on the command line belong to no account.
create table api_token (
    id uuid primary key,
    account_id uuid references account (id),
    label text not null,
    role text not null check (role in ('administrator', 'moderator', 'partner')),
    departments text[] check (departments <> '{}'),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index api_token_of_account on api_token (account_id, id);

-- migrate:down
drop table api_token;
drop table signin_attempt;
drop table signin;
drop table session;
drop table role_grant;
drop table account;
