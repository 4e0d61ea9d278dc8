-- Hold the tickets that a user selected, all of them or none, as a reservation.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, selection, type or '', time to live in ms, <caller>:<idempotency key> or '', its
--          fingerprint in hexadecimal, time to live of the key in ms, how many one may hold at once (0: any number),
--          cool-downs in ms as a list, or '' for none, {{most, {first, last, …}}, …}: how many tickets of these ranges one
--          holds at most
-- Result   the reservation, or what an earlier request with the key has made | {'used'}: there is a reservation with
--          this mark | {'reused'}: the key came with another fingerprint | {'taken', number, …}: these are not free
--          | {'apart', most}: so many seats at most are next to each other | {'unknown', capacity}: there are more tickets than
--          are known | {'few', available} | {'limit', limit} | {'holding', most} | {'most', most} | {'closed'}
--          | {'cooling', rounds that lapsed, ms left}
local user, mark, selection, type, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local key, fingerprint, kept_for, most, cool_downs = ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local maximums = ARGV[12]
local now = now_ms()

local before = answered_before(key, fingerprint, now)
if before then return before end -- guard: answered before
if redis.call('EXISTS', reservation_key(mark)) == 1 then return { 'used' } end

local reservation = { mark = mark, user = user, type = type, made_at = now, deadline = now + ttl, extensions = 0,
  numbers = {}, keys = {} }
local kind, count, list, withheld, known = unpack(selection)

-- Tickets offered to this user are theirs already, for as long as the offer stands, and so is what comes with them.
local any_type = kind == 'cheapest' or kind == 'any' and #list == 0
local offer = any_type and standing_offer(user, now)
for _, number in ipairs(offer and offer.numbers or {}) do
  local given = reservation.numbers
  if #given < count and redis.call('GET', hold_key(number)) == user then given[#given + 1] = number end
end
local given = { unpack(reservation.numbers) }
if #given > 0 then reservation.deadline = offer.deadline end

if count > #given then
  local rest = { kind, count - #given, list, withheld, known }
  local numbers, refused = take_selected(meta, user, rest, now, most, cool_downs, maximums)
  if not numbers then return refused end
  hold_for(meta, reservation, numbers, maximums)
end
for _, number in ipairs(given) do
  redis.call('SET', hold_key(number), hold_value(user, mark), 'PXAT', offer.deadline)
end

save_answer(key, fingerprint, kept_for, reservation)
return reservation_reply(reservation)
