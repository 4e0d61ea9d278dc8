-- told of offers: whether a user has been told of their offer
-- depends: 0032_voided_tokens_are_read_once

-- migrate: apply

-- A process older than this migration records an offer and tells its user, so without a word the user was told.
ALTER TABLE waitlist_entries ADD told boolean NOT NULL DEFAULT true;

-- migrate: rollback

ALTER TABLE waitlist_entries DROP COLUMN told;
