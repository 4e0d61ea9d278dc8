-- the catalogue: venues, categories, ticket types, an event's status; sales that are priced, blocked or in parts
-- depends: 0002_people

-- migrate: apply

-- Places for events. `layout` are blocks of seats, the best ones first.
CREATE TABLE venues (
    id              uuid PRIMARY KEY,
    organization_id uuid REFERENCES organizations,
    name            text NOT NULL,
    address         text NOT NULL,
    city            text NOT NULL,
    country         text NOT NULL,
    latitude        double precision,
    longitude       double precision,
    capacity        integer NOT NULL CHECK (capacity > 0),
    layout          jsonb NOT NULL DEFAULT '[]',
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT venues_both_coordinates CHECK ((latitude IS NULL) = (longitude IS NULL))
);

-- What events are filed under. `name_key` is the name after case folding.
CREATE TABLE categories (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    name_key   text NOT NULL CONSTRAINT categories_name_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What an event's organizer says of it. Only a published event is on sale.
--   blocked  sold to the house: kept from sale by the organizer
--   revenue  what the tickets that stand have cost, in minor units of `currency`
--   version  how often the organizer changed it
ALTER TABLE events
    ADD status          text NOT NULL DEFAULT 'published'
                        CHECK (status IN ('draft', 'published', 'postponed', 'cancelled', 'completed')),
    ADD organization_id uuid REFERENCES organizations,
    ADD venue_id        uuid REFERENCES venues,
    ADD category_id     uuid REFERENCES categories,
    ADD ends_at         timestamptz(0),
    ADD sales_start     timestamptz(0),
    ADD sales_end       timestamptz(0),
    ADD artist          text NOT NULL DEFAULT '',
    ADD tour_name       text NOT NULL DEFAULT '',
    ADD currency        text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    ADD version         integer NOT NULL DEFAULT 1,
    ADD blocked         integer NOT NULL DEFAULT 0,
    ADD revenue         bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT events_blocked_are_sold CHECK (blocked BETWEEN 0 AND sold);
UPDATE events SET status = 'cancelled' WHERE withdrawn_at IS NOT NULL;
ALTER TABLE events DROP COLUMN withdrawn_at;

-- Every sale updates its event's row. No index has anything that a sale changes, so that none of them grows with it.
CREATE INDEX events_by_status ON events (status, starts_at, id);
CREATE INDEX events_by_start ON events (starts_at, id);
CREATE INDEX events_by_name ON events (lower(name) COLLATE "C", id);
CREATE INDEX events_by_creation ON events (created_at, id);
CREATE INDEX events_of_category ON events (category_id, starts_at, id);
CREATE INDEX events_at_venue ON events (venue_id, starts_at, id);
CREATE INDEX events_of_organization ON events (organization_id, starts_at, id);

-- Events are found by the words that begin like those looked for, whatever their case. A word is a run of letters and
-- digits, and none is longer than anybody would look for. To find them takes so long that an index is worth its while.
CREATE FUNCTION words_of(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000
RETURN ARRAY(
    SELECT DISTINCT left(word, 50)
    FROM regexp_split_to_table(lower($1), '[^[:alnum:]]+') AS word
    WHERE word <> ''
);
CREATE FUNCTION words_to_find(text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery FROM unnest(words_of($1)) AS word);
CREATE INDEX events_by_words ON events
    USING gin (array_to_tsvector(words_of(name || ' ' || artist || ' ' || tour_name || ' ' || description)));

-- Priced classes of tickets; prices in minor units of the event's currency. What was reserved before `former_until`
-- costs what the type did before its prices were changed the last time.
CREATE TABLE ticket_types (
    event_id           uuid NOT NULL REFERENCES events,
    number             smallint NOT NULL CHECK (number > 0),
    name               text NOT NULL,
    description        text NOT NULL DEFAULT '',
    price              integer NOT NULL CHECK (price >= 0),
    early_price        integer CHECK (early_price >= 0),
    early_until        timestamptz(0),
    quota              integer NOT NULL CHECK (quota > 0),
    former_price       integer CHECK (former_price >= 0),
    former_early_price integer CHECK (former_early_price >= 0),
    former_early_until timestamptz(0),
    former_until       timestamptz(0),
    PRIMARY KEY (event_id, number),
    CONSTRAINT ticket_types_early_price_ends CHECK ((early_price IS NULL) = (early_until IS NULL)),
    CONSTRAINT ticket_types_former_early_price_ends CHECK (
        (former_early_price IS NULL) = (former_early_until IS NULL)
    ),
    CONSTRAINT ticket_types_former_price_ends CHECK ((former_price IS NULL) = (former_until IS NULL)),
    CONSTRAINT ticket_types_former_price_is_whole CHECK (former_early_price IS NULL OR former_price IS NOT NULL)
);

-- What a ticket of a type costs that was reserved at a moment.
CREATE FUNCTION price_at(type ticket_types, moment timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN type.former_until > moment AND type.former_early_until > moment THEN type.former_early_price
    WHEN type.former_until > moment THEN type.former_price
    WHEN type.early_until > moment THEN type.early_price
    ELSE type.price
END;

-- Ticket numbers from `first` to `last`, all of one type. With a section they are seats, row by row; without one they
-- are general admission. An event's blocks have no gaps between them: a number belongs to the last that begins with it
-- or before it.
CREATE TABLE blocks (
    event_id      uuid NOT NULL,
    first         integer NOT NULL CHECK (first > 0),
    last          integer NOT NULL,
    type_number   smallint NOT NULL,
    section       text,
    rows          integer,
    seats_per_row integer,
    first_row     integer,
    first_seat    integer,
    row_style     text CHECK (row_style IN ('numbers', 'letters')),
    PRIMARY KEY (event_id, first),
    FOREIGN KEY (event_id, type_number) REFERENCES ticket_types,
    CONSTRAINT blocks_have_tickets CHECK (last >= first),
    CONSTRAINT blocks_are_full_of_seats CHECK (section IS NULL OR last - first + 1 = rows * seats_per_row),
    CONSTRAINT blocks_have_whole_seats CHECK (
        num_nulls(section, rows, seats_per_row, first_row, first_seat, row_style) IN (0, 6)
    )
);

-- What was sold so far was of one kind, and free.
INSERT INTO ticket_types (event_id, number, name, price, quota) SELECT id, 1, 'Standard', 0, seat_count FROM events;
INSERT INTO blocks (event_id, first, last, type_number) SELECT id, 1, seat_count, 1 FROM events;

-- Bookings of the house, which blocks tickets, have no user. What is added to a booking later is a part of it.
-- `standing` counts the tickets of a user's booking and of its parts that are not cancelled one by one; a part itself
-- has none. Whatever it says, nothing stands of a cancelled event.
ALTER TABLE bookings
    ALTER COLUMN user_id DROP NOT NULL,
    DROP CONSTRAINT bookings_status_check,
    ADD CONSTRAINT bookings_status_check CHECK (status IN ('booked', 'blocked', 'void')),
    ADD CONSTRAINT bookings_bought_by_somebody CHECK (status <> 'booked' OR user_id IS NOT NULL),
    ADD part_of uuid REFERENCES bookings,
    ADD standing integer NOT NULL DEFAULT 0 CHECK (standing >= 0);
UPDATE bookings
SET standing = (SELECT count(*) FROM tickets WHERE booking_id = bookings.id AND cancelled_at IS NULL);

-- Ids follow the order of time. Lists of bookings are walked in their order, whatever of them still stands.
DROP INDEX bookings_of_user;
CREATE INDEX bookings_of_user ON bookings (user_id, id) WHERE status = 'booked' AND part_of IS NULL;
CREATE INDEX bookings_of_event ON bookings (event_id, (standing > 0), id) WHERE status = 'booked' AND part_of IS NULL;
CREATE INDEX bookings_cancelled ON bookings (id) WHERE status = 'booked' AND part_of IS NULL AND standing = 0;
CREATE INDEX bookings_parts ON bookings (part_of) WHERE part_of IS NOT NULL;

-- What each ticket was sold as. The house's own are those whose user is the event itself.
ALTER TABLE tickets
    ADD type_number smallint NOT NULL DEFAULT 1,
    ADD price       integer NOT NULL DEFAULT 0;

-- Days are counted by ticket type; what the house blocks is not in it.
ALTER TABLE event_days
    ADD type_number smallint NOT NULL DEFAULT 1,
    ADD revenue     bigint NOT NULL DEFAULT 0,
    ADD refunded    bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT event_days_pkey,
    ADD PRIMARY KEY (event_id, day, type_number);

-- Requests that must not take effect twice, and what they made.
CREATE TABLE idempotency_keys (
    user_id     uuid NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    subject     uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- migrate: rollback
