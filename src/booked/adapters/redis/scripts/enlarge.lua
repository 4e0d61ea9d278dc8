-- Add tickets to a reservation, all of them or none.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, wish, the most tickets that a reservation may have
-- Result   the reservation | {'none'} | {'booking'}: it is just being booked | {'many', most} | and as make_reservation
local user, mark, wish, most = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local meta = load_meta()
if not meta then return { 'cold' } end
local now = now_ms()
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end
if #reservation.numbers + wish[2] > most then return { 'many', most } end

local numbers, refused = take_wished(meta, user, wish, now)
if not numbers then return refused end
hold_for(meta, reservation, numbers)
save_reservation(reservation)
return reservation_reply(reservation)
