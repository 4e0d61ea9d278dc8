-- Give back some of a reservation's tickets, the highest numbers first.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, number of tickets, <caller>:<idempotency key> or '', its fingerprint in hexadecimal,
--          time to live of the key in ms, how many tickets it has as its owner saw it (0: any number),
--          {{least, {first, last, …}}, …}: how many tickets of these ranges it has at least, or else none
-- Result   the reservation, also where an earlier request with the key has reduced it, or where it has another number
--          of tickets than its owner saw and stays as it is | {'reused'}: the key came with another fingerprint
--          | {'all'}: none would be left | {'least', least}: too few of a type would | {'none'} | {'booking'}: it is just
--          being booked
local user, mark, count = ARGV[2], ARGV[3], ARGV[4]
local key, fingerprint, kept_for = ARGV[5], ARGV[6], ARGV[7]
local seen, minimums = ARGV[8], ARGV[9]
local now = now_ms()
local before = answered_before(key, fingerprint, now)
if before then return before end -- guard: reduced before
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end
if seen > 0 and #reservation.numbers ~= seen then return reservation_reply(reservation) end -- guard: reduced as seen
if count >= #reservation.numbers then return { 'all' } end

table.sort(reservation.numbers)
local returned = {}
for i = 1, count do returned[i] = table.remove(reservation.numbers) end
for _, minimum in ipairs(minimums) do
  local least, ranges = unpack(minimum)
  local left = choosing().count_within(reservation.numbers, ranges)
  local too_few = 0 < left and left < least and choosing().count_within(returned, ranges) > 0
  if too_few then return { 'least', least } end -- guard: least of a type
end
let_go(meta, reservation, returned, now)
save_answer(key, fingerprint, kept_for, reservation)
return reservation_reply(reservation)
