-- End a reservation. Its held tickets are free again. Shortly before its deadline it counts as lapsed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, which part of its time the last moments are: 10 for the last tenth
-- Result   {'given back'} | {'none'} | {'booking'}: it is just being booked
local user, mark, part = ARGV[2], ARGV[3], ARGV[4]
local now = now_ms()
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end

let_go(meta, reservation, reservation.numbers, now)
local deadline = reservation.deadline
if now >= deadline - (deadline - reservation.made_at) / part then lapses().count(meta, { { user, deadline } }) end
for _, digest in ipairs(reservation.keys) do limit_answer(reservation, digest) end
redis.call('DEL', reservation_key(mark))
return { 'given back' }
