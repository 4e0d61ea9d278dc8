-- Every ticket's state at one moment. Lapsed holds are freed first.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'map', capacity, bitmap, {<number>:<user> of a held ticket, …}, {number of a claimed ticket, …}} | {'cold'}
local meta = load_meta()
if not meta then return { 'cold' } end
reclaim_lapsed(meta, now_ms())
return { 'map', meta.capacity, redis.call('GET', TAKEN), redis.call('ZRANGE', EXPIRY, 0, -1), claimed_numbers() }
