-- Give back some of a reservation's tickets, the highest numbers first.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, number of tickets
-- Result   the reservation | {'all'}: none would be left | {'none'} | {'booking'}: it is just being booked | {'cold'}
local user, mark, count = ARGV[2], ARGV[3], ARGV[4]
local meta = load_meta()
if not meta then return { 'cold' } end
local now = now_ms()
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end
if count >= #reservation.numbers then return { 'all' } end

table.sort(reservation.numbers)
local returned = {}
for i = 1, count do returned[i] = table.remove(reservation.numbers) end
let_go(meta, reservation, returned, now)
save_reservation(reservation)
return reservation_reply(reservation)
