-- Add tickets at the end.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id, capacity
-- Result   {'grown'} | {'cold'}
local capacity = tonumber(ARGV[2])
local meta = load_meta()
if not meta then return { 'cold' } end
if capacity > meta.capacity then
  redis.call('SETBIT', TAKEN, capacity + 8, 0)
  redis.call('HSET', META, 'capacity', capacity)
  set_aside(meta, capacity - meta.capacity)
  save_counts(meta)
end
return { 'grown' }
