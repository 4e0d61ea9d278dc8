-- check-ins: when and where a ticket was admitted
-- depends: 0034_names_to_look_for

-- migrate: apply

-- Null for a ticket that nobody came in with; `gate` is empty where nobody said which one it was.
ALTER TABLE tickets
    ADD checked_in_at timestamptz,
    ADD gate          text;

-- migrate: rollback

ALTER TABLE tickets
    DROP COLUMN checked_in_at,
    DROP COLUMN gate;
