-- names to look for: of artists, tours and venues
-- depends: 0033_told_of_offers

-- migrate: apply

CREATE INDEX events_by_artist ON events (folded(artist), starts_at, id);
CREATE INDEX events_by_tour ON events (folded(tour_name), starts_at, id);
CREATE INDEX venues_by_name ON venues (folded(name));

-- migrate: rollback

DROP INDEX venues_by_name;
DROP INDEX events_by_tour;
DROP INDEX events_by_artist;
