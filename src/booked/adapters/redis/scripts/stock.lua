-- The event's counts, after lapsed holds are freed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id
-- Result   {'stock', epoch, capacity, sold, held, claimed, aside, bits set, released} | {'cold'}
local meta = load_meta()
if not meta then return { 'cold' } end
reclaim_lapsed(meta, now_ms())
return { 'stock', meta.epoch, meta.capacity, meta.sold, meta.held, meta.claimed, meta.aside,
  redis.call('BITCOUNT', TAKEN), meta.released }
