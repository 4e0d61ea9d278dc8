-- Let a reservation last longer.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, mark, time in ms, how often that can be done in any case, and how often while nobody waits
--          for tickets of the event, <caller>:<idempotency key> or '', its fingerprint in hexadecimal, time to live of the
--          key in ms
-- Result   the reservation, also where an earlier request with the key has extended it | {'reused'}: the key came with
--          another fingerprint | {'often', most} | {'wanted'}: others wait | {'offered'}: it has tickets of an offer, which others wait for
--          | {'none'} | {'booking'}: it is just being booked
local user, mark, longer, most, most_unwanted = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local key, fingerprint, kept_for = ARGV[7], ARGV[8], ARGV[9]
local now = now_ms()
local before = answered_before(key, fingerprint, now)
if before then return before end
local reservation, missing = changeable(mark, user, now)
if not reservation then return missing end
if reservation.extensions >= most then
  if reservation.extensions >= most_unwanted then return { 'often', math.max(most, most_unwanted) } end
  if meta.waiting > 0 then return { 'wanted' } end -- guard: others wait
end
local offer = standing_offer(user, now)
for _, offered in ipairs(offer and offer.numbers or {}) do
  for _, number in ipairs(reservation.numbers) do
    if number == offered then return { 'offered' } end
  end
end

reservation.deadline = reservation.deadline + longer
reservation.extensions = reservation.extensions + 1
for _, number in ipairs(reservation.numbers) do
  redis.call('ZADD', EXPIRY, 'XX', reservation.deadline, number .. ':' .. user)
  redis.call('PEXPIREAT', hold_key(number), reservation.deadline)
end
save_answer(key, fingerprint, kept_for, reservation)
return reservation_reply(reservation)
