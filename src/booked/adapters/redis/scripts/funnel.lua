-- What became of reserved tickets. Lapsed holds are freed first.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'funnel', reserved, booked, lapsed, given back}
reclaim_lapsed(meta, now_ms())
save_meta()
local counts = redis.call('HMGET', FUNNEL, 'booked', 'lapsed', 'given_back', 'house')
for i = 1, #counts do counts[i] = tonumber(counts[i] or 0) end
local booked, lapsed, given_back, house = unpack(counts)
-- Whatever was reserved is held still, or one of these things became of it: to reserve has nothing to count.
local reserved = meta.held + meta.claimed - house + booked + lapsed + given_back
return { 'funnel', reserved, booked, lapsed, given_back }
