-- Count a claim's tickets as sold: the claim and its holds go, the bits stay.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, booking id
-- Result   {'settled'} | {'gone'}
local booking = ARGV[2]
before_reading(booking)
local record = redis.call('HGET', CLAIMS, booking)
if not record then return { 'gone' } end -- guard: claim to settle

local claim = read_claim(record)
for _, number in ipairs(claim.numbers) do write_later(number, 'DEL', hold_key(number)) end
-- A settling that comes late may meet the user's next offer.
local offer = claim.entry ~= '' and standing_offer(claim.user, 0)
if offer and offer.entry == claim.entry then redis.call('HDEL', OFFERS, claim.user) end
write_later(booking, 'HDEL', booking)
meta.claimed = meta.claimed - #claim.numbers
meta.sold = meta.sold + #claim.numbers
hold_more(claim.user, -#claim.numbers)
tally(claim.user, 'booked', #claim.numbers)
booked[claim.user] = math.max(booked[claim.user] or 0, unpack(claim.deadlines))
return { 'settled' }
