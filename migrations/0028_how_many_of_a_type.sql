-- how many tickets of a type: how few an order may have
-- depends: 0027_rules_of_ticket_types

-- migrate: apply

ALTER TABLE ticket_types ADD min_per_order smallint NOT NULL DEFAULT 1 CHECK (min_per_order > 0);

-- migrate: rollback

ALTER TABLE ticket_types DROP COLUMN min_per_order;
