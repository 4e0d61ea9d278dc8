-- voided tokens are read once: by the transaction that voided them
-- depends: 0031_retired_ticket_types

-- migrate: apply

-- The time of a row is that of the start of its transaction, which may have been long before its commit.
ALTER TABLE voided_tokens ADD voided_in xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX voided_tokens_by_transaction ON voided_tokens (voided_in);

CREATE OR REPLACE FUNCTION void_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.token_version := OLD.token_version + 1;
    END IF;
    INSERT INTO voided_tokens (user_id, token_version)
    VALUES (OLD.id, CASE TG_OP WHEN 'UPDATE' THEN OLD.token_version + 1 ELSE 2147483647 END)
    ON CONFLICT (user_id) DO UPDATE
    SET token_version = excluded.token_version, voided_at = excluded.voided_at, voided_in = excluded.voided_in;
    RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
END
$$;

-- Guests have no tokens.
DROP TRIGGER users_void_tokens_on_delete ON users;
CREATE TRIGGER users_void_tokens_on_delete
    BEFORE DELETE ON users
    FOR EACH ROW WHEN (OLD.counter_id IS NULL) EXECUTE FUNCTION void_tokens();

-- migrate: rollback

DROP TRIGGER users_void_tokens_on_delete ON users;
CREATE TRIGGER users_void_tokens_on_delete
    BEFORE DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION void_tokens();

CREATE OR REPLACE FUNCTION void_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.token_version := OLD.token_version + 1;
    END IF;
    INSERT INTO voided_tokens (user_id, token_version)
    VALUES (OLD.id, CASE TG_OP WHEN 'UPDATE' THEN OLD.token_version + 1 ELSE 2147483647 END)
    ON CONFLICT (user_id) DO UPDATE
    SET token_version = excluded.token_version, voided_at = excluded.voided_at;
    RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
END
$$;

ALTER TABLE voided_tokens DROP COLUMN voided_in;
