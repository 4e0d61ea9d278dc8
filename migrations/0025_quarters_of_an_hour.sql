-- quarters of an hour: figures that any time zone can be told of by its own days
-- depends: 0024_timezones

-- migrate: apply

CREATE FUNCTION quarter_of(moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_timestamp(floor(extract(epoch FROM moment) / 900) * 900);

-- What happened to an event's tickets of a type in each quarter of an hour: every clock is ahead of UTC or behind it by
-- a number of those. What the house blocks is not in it.
CREATE TABLE event_quarters (
    event_id    uuid NOT NULL,
    since       timestamptz NOT NULL,
    type_number smallint NOT NULL DEFAULT 1,
    booked      integer NOT NULL DEFAULT 0,
    cancelled   integer NOT NULL DEFAULT 0,
    revenue     numeric NOT NULL DEFAULT 0,
    refunded    numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, since, type_number)
) WITH (fillfactor = 50);
INSERT INTO event_quarters
SELECT event_id, quarter_of(moment), type_number, sum(booked), sum(cancelled), sum(revenue), sum(refunded)
FROM (
    SELECT event_id, user_id, booked_at AS moment, type_number,
        1 AS booked, 0 AS cancelled, price AS revenue, 0 AS refunded
    FROM tickets
    UNION ALL
    SELECT event_id, user_id, cancelled_at, type_number, 0, 1, 0, price
    FROM tickets
    WHERE cancelled_at IS NOT NULL
) AS change
WHERE user_id <> event_id
GROUP BY event_id, quarter_of(moment), type_number;
DROP TABLE event_days;

-- migrate: rollback

CREATE TABLE event_days (
    event_id    uuid NOT NULL,
    day         date NOT NULL,
    booked      integer NOT NULL DEFAULT 0,
    cancelled   integer NOT NULL DEFAULT 0,
    type_number smallint NOT NULL DEFAULT 1,
    revenue     numeric NOT NULL DEFAULT 0,
    refunded    numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, day, type_number)
) WITH (fillfactor = 50);
INSERT INTO event_days
SELECT event_id, (since AT TIME ZONE 'UTC')::date AS day, sum(booked), sum(cancelled), type_number, sum(revenue),
    sum(refunded)
FROM event_quarters
GROUP BY event_id, day, type_number;
DROP TABLE event_quarters;
DROP FUNCTION quarter_of(timestamptz);
