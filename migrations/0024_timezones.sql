-- time zones: of venues and events, and days by the clock on the wall
-- depends: 0023_browser_sessions

-- migrate: apply

-- IANA names. An event without one has its venue's, and a venue without one the operator's.
ALTER TABLE venues
    ADD timezone text,
    ADD CONSTRAINT venues_timezone_is_known CHECK (
        timezone IS NULL OR (created_at AT TIME ZONE timezone) IS NOT NULL
    );
ALTER TABLE events
    ADD timezone text,
    ADD CONSTRAINT events_timezone_is_known CHECK (
        timezone IS NULL OR (created_at AT TIME ZONE timezone) IS NOT NULL
    );

-- The day that the clock on the wall of a zone shows. Four names are also abbreviations, which Postgres prefers and which
-- know no summer time.
CREATE FUNCTION day_in(moment timestamptz, zone text) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    moment AT TIME ZONE CASE zone
        WHEN 'CET' THEN 'Europe/Brussels'
        WHEN 'MET' THEN 'Europe/Brussels'
        WHEN 'EET' THEN 'Europe/Athens'
        WHEN 'WET' THEN 'Europe/Lisbon'
        ELSE zone
    END
)::date;

-- Events that last longer than a day, by the time between their start and their end. Those of a day are found by their start.
CREATE INDEX events_that_last ON events USING gist (tstzrange(starts_at, ends_at, '()'))
    WHERE ends_at - starts_at > interval '24 hours';

-- migrate: rollback

DROP INDEX events_that_last;
DROP FUNCTION day_in(timestamptz, text);
ALTER TABLE events DROP COLUMN timezone;
ALTER TABLE venues DROP COLUMN timezone;
