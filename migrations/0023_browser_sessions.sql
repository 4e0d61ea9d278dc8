-- browser sessions: logins of people who use the pages, known by the digest of a token in a cookie
-- depends: 0022_what_is_left

-- migrate: apply

-- A session expires at `expires_at` unless it is used before, and at `ends_at` in any case.
CREATE TABLE browser_sessions (
    digest     bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    ends_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at <= ends_at),
    opened_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX browser_sessions_of_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);

-- A change of password ends sessions of both kinds.
CREATE OR REPLACE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sessions WHERE user_id = NEW.id;
    DELETE FROM browser_sessions WHERE user_id = NEW.id;
    RETURN NULL;
END
$$;

-- migrate: rollback

CREATE OR REPLACE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sessions WHERE user_id = NEW.id;
    RETURN NULL;
END
$$;
DROP TABLE browser_sessions;
