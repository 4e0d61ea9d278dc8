-- endings: until when bookings can be cancelled, and which events have ended
-- depends: 0014_terms_of_sale

-- migrate: apply

-- Bookings can be cancelled until then; null: as long as the event takes place. So far it was the start of an event that
-- has a sales window.
ALTER TABLE events ADD cancellable_until timestamptz(0);
UPDATE events SET cancellable_until = starts_at WHERE sales_end IS NOT NULL;

-- Events that have ended are completed one after the other, and leave the index.
CREATE INDEX events_by_end ON events (ends_at) WHERE status = 'published' AND ends_at IS NOT NULL;

-- migrate: rollback

DROP INDEX events_by_end;
ALTER TABLE events DROP COLUMN cancellable_until;
