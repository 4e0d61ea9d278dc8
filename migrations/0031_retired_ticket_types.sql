-- retired ticket types: those that were deleted once their event had been published
-- depends: 0030_cheaper_commits

-- migrate: apply

-- The numbers of a type's tickets are never given to others, so its blocks stay. They count as sold and as blocked.
ALTER TABLE ticket_types ADD retired boolean NOT NULL DEFAULT false;

-- migrate: rollback

ALTER TABLE ticket_types DROP COLUMN retired;
