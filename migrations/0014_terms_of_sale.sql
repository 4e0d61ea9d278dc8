-- terms of sale: whose keys are, codes that are unique, prices that were
-- depends: 0013_searching

-- migrate: apply

-- A key belongs to its sender: a user, or a counter.
ALTER TABLE idempotency_keys RENAME user_id TO caller_id;

-- The last 40 bits of its id are a booking's confirmation code: domain/model/bookings.py. Parts have none.
CREATE UNIQUE INDEX bookings_have_codes_of_their_own ON bookings (event_id, substr(uuid_send(id), 12))
    WHERE status = 'booked' AND part_of IS NULL;

-- Amounts are large in some currencies, and an event's sum may be larger than a bigint.
DROP FUNCTION price_at(ticket_types, timestamptz);
ALTER TABLE ticket_types
    ALTER price TYPE bigint,
    ALTER early_price TYPE bigint;
ALTER TABLE tickets ALTER price TYPE bigint;
ALTER TABLE events ALTER revenue TYPE numeric;
ALTER TABLE event_days
    ALTER revenue TYPE numeric,
    ALTER refunded TYPE numeric;

-- What a ticket of a type cost that was reserved before a moment. A type has all former prices that something reserved
-- may still cost, the oldest first.
CREATE TYPE former_price AS (until timestamptz(0), price bigint, early_price bigint, early_until timestamptz(0));
ALTER TABLE ticket_types ADD former former_price[] NOT NULL DEFAULT '{}';
UPDATE ticket_types
SET former = ARRAY[(former_until, former_price, former_early_price, former_early_until)::former_price]
WHERE former_until IS NOT NULL;
ALTER TABLE ticket_types
    DROP COLUMN former_price,
    DROP COLUMN former_early_price,
    DROP COLUMN former_early_until,
    DROP COLUMN former_until;

-- What a ticket of a type costs that was reserved at a moment. Most types have no former prices: for them nothing is called.
CREATE FUNCTION former_price_at(former former_price[], moment timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE WHEN early_until > moment THEN early_price ELSE price END
    FROM unnest(former)
    WHERE until > moment
    ORDER BY until
    LIMIT 1
);
CREATE FUNCTION price_at(type ticket_types, moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN (type.former[cardinality(type.former)]).until > moment THEN former_price_at(type.former, moment)
    WHEN type.early_until > moment THEN type.early_price
    ELSE type.price
END;

-- migrate: rollback

DROP FUNCTION price_at(ticket_types, timestamptz);
DROP FUNCTION former_price_at(former_price[], timestamptz);
ALTER TABLE ticket_types
    ADD former_price       integer CHECK (former_price >= 0),
    ADD former_early_price integer CHECK (former_early_price >= 0),
    ADD former_early_until timestamptz(0),
    ADD former_until       timestamptz(0);
UPDATE ticket_types
SET former_until = (former[cardinality(former)]).until,
    former_price = (former[cardinality(former)]).price,
    former_early_price = (former[cardinality(former)]).early_price,
    former_early_until = (former[cardinality(former)]).early_until
WHERE former <> '{}';
ALTER TABLE ticket_types
    DROP COLUMN former,
    ALTER price TYPE integer,
    ALTER early_price TYPE integer,
    ADD CONSTRAINT ticket_types_former_early_price_ends CHECK (
        (former_early_price IS NULL) = (former_early_until IS NULL)
    ),
    ADD CONSTRAINT ticket_types_former_price_ends CHECK ((former_price IS NULL) = (former_until IS NULL)),
    ADD CONSTRAINT ticket_types_former_price_is_whole CHECK (former_early_price IS NULL OR former_price IS NOT NULL);
DROP TYPE former_price;
ALTER TABLE tickets ALTER price TYPE integer;
ALTER TABLE events ALTER revenue TYPE bigint;
ALTER TABLE event_days
    ALTER revenue TYPE bigint,
    ALTER refunded TYPE bigint;
CREATE FUNCTION price_at(type ticket_types, moment timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN type.former_until > moment AND type.former_early_until > moment THEN type.former_early_price
    WHEN type.former_until > moment THEN type.former_price
    WHEN type.early_until > moment THEN type.early_price
    ELSE type.price
END;
DROP INDEX bookings_have_codes_of_their_own;
ALTER TABLE idempotency_keys RENAME caller_id TO user_id;
