-- terms of sale: whose keys are
-- depends: 0013_searching

-- migrate: apply

-- A key belongs to whoever sent it: a user, or a counter.
ALTER TABLE idempotency_keys RENAME user_id TO caller_id;

-- migrate: rollback

ALTER TABLE idempotency_keys RENAME caller_id TO user_id;
