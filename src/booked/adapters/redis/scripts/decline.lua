-- End an offer; the tickets of it that are held are free again, also those that are part of a reservation.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, waitlist entry
-- Result   {'declined'} | {'gone'}: the entry has no offer | {'kept'}: it is just being booked
local user, entry = ARGV[2], ARGV[3]
local now = now_ms()
local offer = standing_offer(user, now)
if not offer or offer.entry ~= entry then return { 'gone' } end

local held = {}
for _, number in ipairs(offer.numbers) do
  local owner, _, booking = read_hold(redis.call('GET', hold_key(number)))
  if owner == user then
    if booking ~= '' then return { 'kept' } end -- guard: offer being booked
    held[#held + 1] = number
  end
end
let_go(meta, { user = user }, held, now)
redis.call('HDEL', OFFERS, user)
return { 'declined' }
