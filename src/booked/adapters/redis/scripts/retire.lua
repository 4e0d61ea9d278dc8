-- Make the event cold, unless one of these tickets is taken. The next flip then brings the retired tickets. Flips up to this
-- epoch are refused from now on.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, epoch, time in ms for which flips are refused, {first, last, …}
-- Result   {'retired'} | {'kept'}: one is taken
local epoch, kept_for, ranges = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local meta = load_meta()
if meta then reclaim_lapsed(meta, now_ms()) end
save_meta() -- What follows in this step finds the event cold.
for i = 1, #ranges, 2 do
  local taken = redis.call('BITPOS', TAKEN, 1, ranges[i] - 1, ranges[i + 1] - 1, 'BIT') >= 0
  if taken then return { 'kept' } end -- guard: taken tickets of a type
end
redis.call('HDEL', META, 'run')
local discarded = math.max(epoch, tonumber(redis.call('GET', key_of('discarded')) or 0))
redis.call('SET', key_of('discarded'), discarded, 'PX', kept_for) -- guard: epoch of retired tickets
return { 'retired' }
