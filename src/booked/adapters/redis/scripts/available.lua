-- What the public could reserve right now. Writes nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'available', number of tickets}
local lapsed = redis.call('ZCOUNT', EXPIRY, '-inf', now_ms())
return { 'available', math.max(0, free(meta) + lapsed - meta.aside - kept_back(meta, lapsed)) }
