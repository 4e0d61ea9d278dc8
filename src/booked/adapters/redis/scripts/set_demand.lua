-- Say how many tickets the waitlist waits for.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id, number of tickets, version
-- Result   {'done'} | {'cold'}
local waiting, version = tonumber(ARGV[2]), tonumber(ARGV[3])
local meta = load_meta()
if not meta then return { 'cold' } end
if version > meta.waiting_version then
  redis.call('HSET', META, 'waiting', waiting, 'waiting_version', version, 'aside', math.min(meta.aside, waiting))
end
return { 'done' }
