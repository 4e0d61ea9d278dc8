-- Forget an event up to an epoch, a thousand holds at a time. Flips up to that epoch are refused from now on.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, epoch, time in ms for which flips are refused, 'unused' if that has to be so
-- Result   {'discarded'} | {'more'}: call again | {'refused'}: a newer epoch is there | {'used'}: people have or had holds
local LAST_EPOCH = 2147483647 -- of an event that does not exist: domain/model/sale/holds.py
local epoch, kept_for, unused = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local meta = unused and load_meta()
if meta then reclaim_lapsed(meta, now_ms()) end
save_meta() -- Nothing is left to be written afterwards.
local present = tonumber(redis.call('HGET', META, 'epoch') or nil)
if present and present > epoch then return { 'refused' } end -- guard: epoch of a discard

if unused then
  local used = redis.call('EXISTS', EXPIRY, CLAIMS) > 0
  for _, tickets in ipairs(redis.call('HMGET', key_of('funnel'), 'booked', 'lapsed', 'given_back')) do
    used = used or tonumber(tickets or 0) > 0
  end
  if used then return { 'used' } end -- guard: unused
end

for _, record in ipairs(redis.call('HVALS', CLAIMS)) do
  for _, number in ipairs(read_claim(record).numbers) do redis.call('DEL', hold_key(number)) end
end
-- The funnel stays as long as the event exists, for its figures. What people held until now counts as lapsed.
local held = redis.call('HMGET', META, 'held', 'claimed')
local of_people = (held[1] or 0) + (held[2] or 0) - (redis.call('HGET', key_of('funnel'), 'house') or 0)
if of_people > 0 then redis.call('HINCRBY', key_of('funnel'), 'lapsed', of_people) end
redis.call('HDEL', key_of('funnel'), 'house')
if epoch == LAST_EPOCH or unused then redis.call('DEL', key_of('funnel')) end
redis.call('DEL', META, TAKEN, CLAIMS, OFFERS, HOLDERS, key_of('served'), key_of('wanted'), key_of('gaps'), key_of('counts'),
  key_of('releases'), key_of('came-back'))
redis.call('SET', key_of('discarded'), math.max(epoch, tonumber(redis.call('GET', key_of('discarded')) or 0)), 'PX', kept_for)
for _, member in ipairs(redis.call('ZRANGE', EXPIRY, 0, 999)) do
  redis.call('DEL', hold_key(tonumber(string.match(member, '^%d+'))))
  redis.call('ZREM', EXPIRY, member)
end
return { redis.call('EXISTS', EXPIRY) == 1 and 'more' or 'discarded' }
