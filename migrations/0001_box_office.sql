-- the box office: people, events, sales, the waitlist
-- depends:

-- migrate: apply

-- People. `email_key` is the address after NFKC and case folding: look-alikes are the same address.
CREATE TABLE users (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    email         text NOT NULL,
    email_key     text NOT NULL CONSTRAINT users_email_key UNIQUE,
    password_hash text NOT NULL,
    role          text NOT NULL CHECK (role IN ('user', 'organizer', 'admin')),
    token_version integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Whose tokens were voided and when: tokens of a user with a lower version than this are no good.
CREATE TABLE voided_tokens (
    user_id       uuid PRIMARY KEY,
    token_version integer NOT NULL,
    voided_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX voided_tokens_by_time ON voided_tokens (voided_at);

-- A change of role or password voids a user's tokens, and so does the end of the account, whoever makes it.
CREATE FUNCTION void_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER users_void_tokens_on_change
    BEFORE UPDATE OF role, password_hash ON users
    FOR EACH ROW EXECUTE FUNCTION void_tokens();
CREATE TRIGGER users_void_tokens_on_delete
    BEFORE DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION void_tokens();

-- Events. A ticket that is not sold is not a row: an event of any size is this one row.
--   hold_epoch       which generation of the hold store's counts may sell
--   releases         how many cancellations gave tickets back; numbers each of them
--   cancelled        tickets ever cancelled; sold + cancelled were ever booked
--   waiting          tickets that the waitlist waits for, as of `waiting_version`
CREATE TABLE events (
    id              uuid PRIMARY KEY,
    name            text NOT NULL,
    starts_at       timestamptz(0) NOT NULL,
    address         text NOT NULL,
    description     text NOT NULL,
    latitude        double precision,
    longitude       double precision,
    seat_count      integer NOT NULL CHECK (seat_count BETWEEN 1 AND 10000000),
    ticket_limit    integer CHECK (ticket_limit > 0),
    sold            integer NOT NULL DEFAULT 0,
    cancelled       integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    hold_epoch      integer NOT NULL DEFAULT 0,
    releases        integer NOT NULL DEFAULT 0,
    waiting         integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    waiting_version integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    withdrawn_at    timestamptz,
    CONSTRAINT events_sold_within_capacity CHECK (sold BETWEEN 0 AND seat_count),
    CONSTRAINT events_both_coordinates CHECK ((latitude IS NULL) = (longitude IS NULL))
) WITH (fillfactor = 50);
CREATE INDEX events_on_sale_by_start ON events (starts_at, id) WHERE withdrawn_at IS NULL;

-- Bookings. A void one was never made: its id is taken so that nobody can commit it any more.
CREATE TABLE bookings (
    id        uuid PRIMARY KEY,
    event_id  uuid NOT NULL REFERENCES events,
    user_id   uuid NOT NULL REFERENCES users,
    status    text NOT NULL CHECK (status IN ('booked', 'void')),
    booked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bookings_of_user ON bookings (user_id, booked_at DESC) WHERE status = 'booked';

-- Sales of tickets, cancelled ones included: the history. The unique index is the last line of defence.
CREATE TABLE tickets (
    booking_id   uuid NOT NULL REFERENCES bookings,
    number       integer NOT NULL CHECK (number > 0),
    event_id     uuid NOT NULL,
    user_id      uuid NOT NULL,
    booked_at    timestamptz NOT NULL,
    cancelled_at timestamptz,
    PRIMARY KEY (booking_id, number)
);
CREATE UNIQUE INDEX tickets_sold_once ON tickets (event_id, number) WHERE cancelled_at IS NULL;
CREATE INDEX tickets_of_user ON tickets (user_id, event_id, booked_at) WHERE cancelled_at IS NULL;

-- How many tickets of an event each user has, against the event's limit at the time of their last booking.
CREATE TABLE event_buyers (
    event_id     uuid NOT NULL,
    user_id      uuid NOT NULL,
    tickets      integer NOT NULL CHECK (tickets >= 0),
    ticket_limit integer,
    PRIMARY KEY (event_id, user_id),
    CONSTRAINT event_buyers_within_limit CHECK (tickets <= ticket_limit)
);

-- What happened to an event's tickets on each UTC day.
CREATE TABLE event_days (
    event_id  uuid NOT NULL,
    day       date NOT NULL,
    booked    integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, day)
) WITH (fillfactor = 50);

-- The waitlist, in the order of `place`. A user is in an event's queue once.
CREATE TABLE waitlist_entries (
    id               uuid PRIMARY KEY,
    place            bigint GENERATED ALWAYS AS IDENTITY,
    event_id         uuid NOT NULL REFERENCES events,
    user_id          uuid NOT NULL REFERENCES users,
    tickets          integer NOT NULL CHECK (tickets > 0),
    state            text NOT NULL DEFAULT 'waiting'
                     CHECK (state IN ('waiting', 'offered', 'booked', 'lapsed', 'withdrawn')),
    passed           integer NOT NULL DEFAULT 0,
    gathering_since  timestamptz,
    joined_at        timestamptz NOT NULL DEFAULT now(),
    offered_numbers  integer[],
    offer_expires_at timestamptz,
    CONSTRAINT waitlist_entries_offer_is_whole
        CHECK (state <> 'offered' OR (offered_numbers IS NOT NULL AND offer_expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX waitlist_entries_once ON waitlist_entries (event_id, user_id)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_entries_queue ON waitlist_entries (event_id, place) WHERE state = 'waiting';
CREATE INDEX waitlist_entries_of_user ON waitlist_entries (user_id, place) WHERE state IN ('waiting', 'offered');

-- migrate: rollback
