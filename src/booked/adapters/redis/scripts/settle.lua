-- Count a claim's tickets as sold: the claim and its holds go, the bits stay.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, booking id
-- Result   {'settled'} | {'gone'}
local booking = ARGV[2]
before_reading(booking)
local record = redis.call('HGET', CLAIMS, booking)
if not record then return { 'gone' } end -- guard: claim to settle

local user, entry, list = string.match(record, '^([^|]*)|%d+|([^|]*)|([^|]*)')
local tickets, latest = 0, booked[user] or 0
for number, deadline in string.gmatch(list, '(%d+):(%d+):?%d*') do
  write_later(tonumber(number), 'DEL', hold_key(number))
  tickets, latest = tickets + 1, math.max(latest, deadline)
end
-- A settling that comes late may meet the user's next offer.
local offer = entry ~= '' and standing_offer(user, 0)
if offer and offer.entry == entry then redis.call('HDEL', OFFERS, user) end
write_later(booking, 'HDEL', booking)
meta.claimed = meta.claimed - tickets
meta.sold = meta.sold + tickets
hold_more(user, -tickets)
tally(user, 'booked', tickets)
booked[user] = latest
return { 'settled' }
