-- Offers that stand; lapsed ones are forgotten.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'offers', {user id, waitlist entry, deadline in ms, number, …}, …} | {'cold'}
local meta = load_meta()
if not meta then return { 'cold' } end
local now = now_ms()
local reply = { 'offers' }
for _, user in ipairs(redis.call('HKEYS', OFFERS)) do
  local offer = standing_offer(user, now)
  if offer then
    reply[#reply + 1] = { user, offer.entry, offer.deadline, unpack(offer.numbers) }
  else
    redis.call('HDEL', OFFERS, user)
  end
end
return reply
