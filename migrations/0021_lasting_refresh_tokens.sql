-- refresh tokens: one is good until its successor was used, however long that takes
-- depends: 0020_timelines

-- migrate: apply

ALTER TABLE sessions DROP COLUMN exchanged_at;

-- migrate: rollback

ALTER TABLE sessions ADD exchanged_at timestamptz;
