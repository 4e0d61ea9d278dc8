-- What became of reserved tickets. Lapsed holds are freed first, unless the event is cold.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'funnel', reserved, booked, lapsed, given back}
local meta = load_meta()
if meta then
  reclaim_lapsed(meta, now_ms())
  save_meta()
end
local function whole(values)
  for i = 1, #values do values[i] = tonumber(values[i] or 0) end
  return unpack(values)
end
local counts = redis.call('HMGET', key_of('funnel'), 'booked', 'lapsed', 'given_back', 'house')
local booked, lapsed, given_back, house = whole(counts)
local held, claimed = whole(redis.call('HMGET', META, 'held', 'claimed'))
-- Whatever was reserved is held still, or one of these things became of it: to reserve has nothing to count.
return { 'funnel', held + claimed - house + booked + lapsed + given_back, booked, lapsed, given_back }
