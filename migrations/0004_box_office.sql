-- the counter: guests of those who sell for others, and the keys that they show
-- depends: 0003_catalogue

-- migrate: apply

-- Guests are users whom a counter knows by a name of its own, which is their first. They have no account: nobody can log
-- in as one of them.
ALTER TABLE users
    ALTER COLUMN email DROP NOT NULL,
    ALTER COLUMN email_key DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD counter_id uuid,
    ADD CONSTRAINT users_have_an_account_or_a_counter CHECK (
        num_nulls(email, email_key, password_hash) = CASE WHEN counter_id IS NULL THEN 0 ELSE 3 END
    ),
    ADD CONSTRAINT users_at_a_counter_have_no_role CHECK (counter_id IS NULL OR role = 'user');
CREATE UNIQUE INDEX users_known_at_a_counter ON users (counter_id, first_name) WHERE counter_id IS NOT NULL;
CREATE INDEX users_with_an_account ON users (id) WHERE counter_id IS NULL;

-- Keys for programs. Of a key's text only its beginning and a digest are kept. Each is a counter of its own, with the
-- same id.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    prefix       text NOT NULL,
    digest       bytea NOT NULL CONSTRAINT api_keys_digest_key UNIQUE CHECK (octet_length(digest) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_on date,
    revoked_at   timestamptz
);

-- migrate: rollback
