-- what is left: how many tickets of each type are sold, and what else takes place at a venue
-- depends: 0021_lasting_refresh_tokens

-- migrate: apply

-- How many tickets of each type are sold or blocked, by the type's number. Those of a type may be missing as long as none
-- is sold. A sale writes its event's row anyway, so this costs no other row.
ALTER TABLE events ADD sold_by_type integer[] NOT NULL DEFAULT '{}';

-- Return the counts with these changes, null for none.
CREATE FUNCTION counted_by_type(counts integer[], types smallint[], changes integer[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    FOR place IN 1 .. coalesce(cardinality(types), 0) LOOP
        counts[types[place]] := coalesce(counts[types[place]], 0) + changes[place];
    END LOOP;
    RETURN counts;
END
$$;

UPDATE events
SET sold_by_type = counted_by_type(sold_by_type, sold.types, sold.tickets)
FROM (
    SELECT event_id, array_agg(type_number) AS types, array_agg(tickets) AS tickets
    FROM (
        SELECT event_id, type_number, count(*)::integer AS tickets
        FROM tickets
        WHERE cancelled_at IS NULL
        GROUP BY event_id, type_number
    ) AS of_type
    GROUP BY event_id
) AS sold
WHERE events.id = sold.event_id;

-- Published events are those to come: those that have ended leave the index.
CREATE INDEX events_published_at_venue ON events (venue_id, starts_at) WHERE status = 'published';

-- migrate: rollback

DROP INDEX events_published_at_venue;
ALTER TABLE events DROP COLUMN sold_by_type;
DROP FUNCTION counted_by_type(integer[], smallint[], integer[]);
