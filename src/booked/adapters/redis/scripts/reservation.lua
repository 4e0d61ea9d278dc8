-- A reservation as it is now. Writes nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, mark, 1 for what is known of a cold event too, else 0
-- Result   the reservation | {'none'} | {'cold'}
local mark, even_cold = ARGV[2], ARGV[3] == 1
if not even_cold and not load_meta() then return { 'cold' } end

local reservation = find_reservation(mark, now_ms())
return reservation and reservation_reply(reservation) or { 'none' }
