-- terms of sale: whose keys are, codes that are unique
-- depends: 0013_searching

-- migrate: apply

-- A key belongs to whoever sent it: a user, or a counter.
ALTER TABLE idempotency_keys RENAME user_id TO caller_id;

-- The last 40 bits of its id are a booking's confirmation code: domain/model/bookings.py. Parts have none.
CREATE UNIQUE INDEX bookings_have_codes_of_their_own ON bookings (event_id, substr(uuid_send(id), 12))
    WHERE status = 'booked' AND part_of IS NULL;

-- migrate: rollback

DROP INDEX bookings_have_codes_of_their_own;
ALTER TABLE idempotency_keys RENAME caller_id TO user_id;
