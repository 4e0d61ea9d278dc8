-- turns: what is said of a party that waits names the turn that it is about
-- depends: 0015_endings

-- migrate: apply

-- The event's `waiting_version` when the party began to wait: it joined, or got its place back. A message that makes an
-- offer, ends one or gives a place back names the version that its sender saw; a message about an earlier turn has no effect.
ALTER TABLE waitlist_entries ADD COLUMN version integer NOT NULL DEFAULT 0;

-- Tickets that were sold once: what of them is free again is what those who wait are told of first.
CREATE INDEX tickets_sold_before ON tickets (event_id, number) WHERE cancelled_at IS NOT NULL;

-- migrate: rollback

DROP INDEX tickets_sold_before;
ALTER TABLE waitlist_entries DROP COLUMN version;
