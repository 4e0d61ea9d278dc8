-- Forget an event, a thousand holds at a time.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'discarded'} | {'more'}: call again
for _, record in ipairs(redis.call('HVALS', CLAIMS)) do
  for _, number in ipairs(read_claim(record).numbers) do redis.call('DEL', hold_key(number)) end
end
save_meta() -- Nothing is left to be written afterwards.
redis.call('DEL', META, TAKEN, CLAIMS, OFFERS, COUNTS, RELEASES, FUNNEL)
for _, member in ipairs(redis.call('ZRANGE', EXPIRY, 0, 999)) do
  redis.call('DEL', hold_key(tonumber(string.match(member, '^%d+'))))
  redis.call('ZREM', EXPIRY, member)
end
return { redis.call('EXISTS', EXPIRY) == 1 and 'more' or 'discarded' }
