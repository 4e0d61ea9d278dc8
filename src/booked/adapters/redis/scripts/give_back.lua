-- End a reservation; what it holds is free again.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark
-- Result   {'given back'} | {'none'} | {'booking'}: it is just being booked | {'cold'}
local user, mark = ARGV[2], ARGV[3]
local meta = load_meta()
if not meta then return { 'cold' } end
local now = now_ms()
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end

let_go(meta, reservation, reservation.numbers, now)
for _, digest in ipairs(reservation.keys) do limit_answer(reservation, digest) end
redis.call('DEL', reservation_key(mark))
return { 'given back' }
