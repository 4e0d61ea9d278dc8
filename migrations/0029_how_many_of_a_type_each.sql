-- how many tickets of a type: how many a user may have
-- depends: 0028_how_many_of_a_type

-- migrate: apply

-- The most tickets of each type that a user may have, by the type's number: null for any number, and nothing where no type
-- has a limit. In the event's row, so that a commit reads what holds when it has the event's lock.
ALTER TABLE events ADD type_limits integer[] NOT NULL DEFAULT '{}';

-- How many tickets of a type with a limit each user has, against the limit at the time of their last booking.
CREATE TABLE type_buyers (
    event_id    uuid NOT NULL,
    user_id     uuid NOT NULL,
    type_number smallint NOT NULL,
    tickets     integer NOT NULL CHECK (tickets >= 0),
    type_limit  integer,
    PRIMARY KEY (event_id, user_id, type_number),
    CONSTRAINT type_buyers_within_limit CHECK (tickets <= type_limit)
);

-- migrate: rollback

DROP TABLE type_buyers;
ALTER TABLE events DROP COLUMN type_limits;
