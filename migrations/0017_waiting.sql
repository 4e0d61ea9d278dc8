-- waiting: for which type a party waits, how many wait ahead of it, and which of them are small enough
-- depends: 0016_turns

-- migrate: apply

-- The number of the ticket type that a party waits for, 0 for any.
ALTER TABLE waitlist_entries ADD type_number smallint NOT NULL DEFAULT 0 CHECK (type_number >= 0);

-- How many entries of an event wait, for every thousand of its places: a position is the sum of the blocks ahead and what
-- is ahead in the entry's own.
CREATE TABLE waiting_counts (
    event_id uuid NOT NULL,
    block    bigint NOT NULL,
    entries  integer NOT NULL CHECK (entries >= 0),
    PRIMARY KEY (event_id, block)
) WITH (fillfactor = 50);
INSERT INTO waiting_counts
SELECT event_id, place / 1000, count(*)
FROM waitlist_entries
WHERE state = 'waiting'
GROUP BY event_id, place / 1000;

-- How many tickets the parties wait for that wait for one type.
CREATE TABLE waiting_types (
    event_id    uuid NOT NULL,
    type_number smallint NOT NULL,
    tickets     integer NOT NULL CHECK (tickets >= 0),
    PRIMARY KEY (event_id, type_number)
) WITH (fillfactor = 50);

-- Every change of an entry's state locks its event first, so no two of these wait for each other.
CREATE FUNCTION count_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'waiting' THEN
        INSERT INTO waiting_counts (event_id, block, entries)
        VALUES (NEW.event_id, NEW.place / 1000, 1)
        ON CONFLICT (event_id, block) DO UPDATE SET entries = waiting_counts.entries + 1;
        IF NEW.type_number > 0 THEN
            INSERT INTO waiting_types (event_id, type_number, tickets)
            VALUES (NEW.event_id, NEW.type_number, NEW.tickets)
            ON CONFLICT (event_id, type_number) DO UPDATE SET tickets = waiting_types.tickets + excluded.tickets;
        END IF;
    ELSE
        UPDATE waiting_counts
        SET entries = entries - 1
        WHERE event_id = NEW.event_id AND block = NEW.place / 1000;
        UPDATE waiting_types
        SET tickets = tickets - NEW.tickets
        WHERE event_id = NEW.event_id AND type_number = NEW.type_number;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER waitlist_entries_count_joined
    AFTER INSERT ON waitlist_entries
    FOR EACH ROW EXECUTE FUNCTION count_waiting();
CREATE TRIGGER waitlist_entries_count_changed
    AFTER UPDATE OF state ON waitlist_entries
    FOR EACH ROW WHEN ((OLD.state = 'waiting') <> (NEW.state = 'waiting'))
    EXECUTE FUNCTION count_waiting();

CREATE INDEX waitlist_entries_by_size ON waitlist_entries (event_id, type_number, tickets, place) WHERE state = 'waiting';

-- migrate: rollback

DROP INDEX waitlist_entries_by_size;
DROP TRIGGER waitlist_entries_count_changed ON waitlist_entries;
DROP TRIGGER waitlist_entries_count_joined ON waitlist_entries;
DROP FUNCTION count_waiting();
DROP TABLE waiting_types;
DROP TABLE waiting_counts;
ALTER TABLE waitlist_entries DROP COLUMN type_number;
