-- leases: which process leads a duty
-- depends: 0017_waiting

-- migrate: apply

-- Who does what only one process may do at a time, such as making offers, until when by this database's clock. The token
-- goes up with each lease: a process with an older one has been overtaken, and nothing that it writes takes effect.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    token      bigint NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- migrate: rollback

DROP TABLE leases;
