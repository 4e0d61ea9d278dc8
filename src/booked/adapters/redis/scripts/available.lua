-- How many tickets of each of these events the public could reserve right now. Writes nothing.
--
-- It reads keys of many events, not of its own alone. Each has a hash slot of its own: a cluster takes a call for each.
--
-- KEYS[1]  meta:{<event>} of one of them
-- ARGV     its name, event ids
-- Result   {'available', number of tickets of each event, false for a cold one, …}
local reply = { 'available' }
for i = 2, #ARGV do
  local tag = '{' .. ARGV[i] .. '}'
  local meta = ARGV[i] == EVENT and load_meta() or read_meta('meta:' .. tag, FIELDS)
  local lapsed = meta and redis.call('ZCOUNT', 'expiry:' .. tag, '-inf', now_ms())
  reply[i] = meta and math.max(0, free(meta) + lapsed - meta.aside - kept_back(meta, lapsed)) or false
end
return reply
