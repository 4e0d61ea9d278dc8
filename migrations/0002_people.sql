-- people: names in two parts, sessions, organizations
-- depends: 0001_box_office

-- migrate: apply

-- Whoever goes by a single name has it as their first.
ALTER TABLE users RENAME COLUMN name TO first_name;
ALTER TABLE users ADD COLUMN last_name text NOT NULL DEFAULT '';
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';

-- Sessions: a login that lasts, with the digest of the one refresh token that is good now. The one before it is known
-- for the case that its owner never got the reply: for a while they may exchange it again.
CREATE TABLE sessions (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    digest        bytea NOT NULL CHECK (octet_length(digest) = 32),
    former_digest bytea,
    exchanged_at  timestamptz,
    expires_at    timestamptz NOT NULL,
    opened_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A change of password ends all sessions of its user, whoever makes it.
CREATE FUNCTION end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sessions WHERE user_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_end_sessions
    AFTER UPDATE OF password_hash ON users
    FOR EACH ROW EXECUTE FUNCTION end_sessions();

-- Organizations, and the organizers who act for them. `version` counts an organization's changes.
CREATE TABLE organizations (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    description text NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE organization_members (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    joined_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_members_of_user ON organization_members (user_id, organization_id);

-- migrate: rollback
