-- Hold tickets for a waiting party, first those set aside. A party that has an offer keeps the one it has.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, waitlist entry, number of tickets, time to live in ms, epoch, version,
--          {first, last, …}: the ranges that they have to be in, none for any, how many tickets stay set aside
-- Result   {'offer', user id, waitlist entry, deadline in ms, number, …} | {'few', free} | {'limit', limit}
--          | {'closed'} | {'late'}: the event has another epoch | {'over'}: the user had an offer in this turn or a later
--          one
local user, entry, count, ttl = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local epoch, version, ranges, kept_aside = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9]
if epoch ~= meta.epoch then return { 'late' } end -- guard: epoch of an offer
local now = now_ms()
local offer = standing_offer(user, now)
if offer and offer.entry == entry then
  return { 'offer', user, entry, offer.deadline, unpack(offer.numbers) }
end

local served = tonumber(redis.call('HGET', key_of('served'), user) or -1)
if version <= served then return { 'over' } end -- guard: turn of an offer
if closed(meta, user, now) then return { 'closed' } end
reclaim_lapsed(meta, now)
if over_limit(meta, user, count) then return { 'limit', meta.ticket_limit } end
if count > free(meta) then return { 'few', free(meta) } end
if #ranges == 0 then ranges = { 1, meta.capacity } end
-- Set aside are tickets that came back, and others in the place of those that the public took.
local came_back = math.min(count, choosing().came_back_in(meta, ranges))
local gone = math.max(0, meta.aside - choosing().came_back_in(meta, { 1, meta.capacity }))
local numbers, few = choosing().take_aside(meta, count, ranges)
if not numbers then return few end
local deadline = now + ttl
hold_reserved(meta, user, numbers, deadline)
meta.aside = math.max(math.min(meta.aside, kept_aside), meta.aside - math.min(count, came_back + gone))
redis.call('HSET', key_of('served'), user, version)
offers_exist = true
redis.call('HSET', OFFERS, user, table.concat({ entry, deadline, table.concat(numbers, ',') }, '|'))
return { 'offer', user, entry, deadline, unpack(numbers) }
