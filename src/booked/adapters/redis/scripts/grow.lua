-- Add tickets at the end.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, capacity
-- Result   {'grown'}
local capacity = tonumber(ARGV[2])
if capacity > meta.capacity then
  redis.call('SETBIT', TAKEN, capacity + 8, 0)
  gaps().forget_all() -- guard: largest gap before growing
  set_aside(meta, capacity - meta.capacity, {})
  if meta.aside > 0 then write_bits(key_of('came-back'), meta.capacity + 1, capacity, 1) end
  meta.capacity = capacity
end
return { 'grown' }
