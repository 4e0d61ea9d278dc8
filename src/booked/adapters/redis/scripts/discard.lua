-- Forget an event up to an epoch, a thousand holds at a time. Flips up to that epoch are refused from now on.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, epoch, time in ms for which flips are refused
-- Result   {'discarded'} | {'more'}: call again | {'refused'}: a newer epoch is there
local epoch, kept_for = tonumber(ARGV[2]), tonumber(ARGV[3])
save_meta() -- Nothing is left to be written afterwards.
local present = tonumber(redis.call('HGET', META, 'epoch') or nil)
if present and present > epoch then return { 'refused' } end -- guard: epoch of a discard

for _, record in ipairs(redis.call('HVALS', CLAIMS)) do
  for _, number in ipairs(read_claim(record).numbers) do redis.call('DEL', hold_key(number)) end
end
redis.call('DEL', META, TAKEN, CLAIMS, OFFERS, HOLDERS, SERVED, WANTED, COUNTS, RELEASES, FUNNEL)
redis.call('SET', DISCARDED, math.max(epoch, tonumber(redis.call('GET', DISCARDED) or 0)), 'PX', kept_for)
for _, member in ipairs(redis.call('ZRANGE', EXPIRY, 0, 999)) do
  redis.call('DEL', hold_key(tonumber(string.match(member, '^%d+'))))
  redis.call('ZREM', EXPIRY, member)
end
return { redis.call('EXISTS', EXPIRY) == 1 and 'more' or 'discarded' }
