-- Say how many tickets the waitlist waits for.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, number of tickets, version, and where that is known: {{tickets, {first, last, …}}, …}: how many of
--          them have to be in which ranges
-- Result   {'done'}
local waiting, version = tonumber(ARGV[2]), tonumber(ARGV[3])
if version > meta.waiting_version then
  meta.waiting, meta.waiting_version, meta.aside = waiting, version, math.min(meta.aside, waiting)
end
if ARGV[4] and version >= meta.waiting_version then
  local key = key_of('wanted')
  if #ARGV[4] > 0 then redis.call('SET', key, cmsgpack.pack(ARGV[4])) else redis.call('DEL', key) end
end
return { 'done' }
