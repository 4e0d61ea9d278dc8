-- timelines: after Postgres has lost its last second, its word holds
-- depends: 0018_leases

-- migrate: apply

-- Postgres begins a timeline whenever a standby is promoted or a backup restored up to a moment: what came after that
-- moment is lost. The epochs of a timeline are above all those of earlier ones, so that nothing which was claimed, read
-- or released under a lost epoch is taken for something of now. There is room for a million epochs in each.
CREATE FUNCTION first_epoch() RETURNS integer LANGUAGE sql
RETURN least(('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer - 1, 2047) << 20;

-- migrate: rollback

DROP FUNCTION first_epoch();
