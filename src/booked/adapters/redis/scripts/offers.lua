-- Offers that stand; lapsed ones are forgotten once their tickets are free.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'offers', {user id, waitlist entry, deadline in ms, number, …}, …}
local now = now_ms()
local all_free = reclaim_lapsed(meta, now)
local reply = { 'offers' }
for _, user in ipairs(redis.call('HKEYS', OFFERS)) do
  local offer = standing_offer(user, now)
  if offer then
    reply[#reply + 1] = { user, offer.entry, offer.deadline, unpack(offer.numbers) }
  elseif all_free then
    redis.call('HDEL', OFFERS, user)
  end
end
return reply
