-- Add tickets to a reservation, all of them or none.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, selection, the most tickets that a reservation may have, <caller>:<idempotency key> or '',
--          its fingerprint in hexadecimal, time to live of the key in ms, how many one may hold at once (0: any number),
--          how many tickets it has as its owner saw it (0: any number), {{most, {first, last, …}}, …}: how many tickets of
--          these ranges one holds at most
-- Result   the reservation, also where an earlier request with the key has enlarged it, or where it has another number
--          of tickets than its owner saw and stays as it is | {'none'} | {'booking'}: it is just being booked
--          | {'many', most} | and as make_reservation
local user, mark, selection, most = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local key, fingerprint, kept_for, most_held = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local seen, maximums = ARGV[10], ARGV[11]
local now = now_ms()
local before = answered_before(key, fingerprint, now)
if before then return before end -- guard: enlarged before
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end
if seen > 0 and #reservation.numbers ~= seen then return reservation_reply(reservation) end -- guard: enlarged as seen
if #reservation.numbers + selection[2] > most then return { 'many', most } end

local numbers, refused = take_selected(meta, user, selection, now, most_held, '', maximums)
if not numbers then return refused end
hold_for(meta, reservation, numbers, maximums)
save_answer(key, fingerprint, kept_for, reservation)
return reservation_reply(reservation)
