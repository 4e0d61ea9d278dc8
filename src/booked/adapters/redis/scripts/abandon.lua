-- Turn a claim back into holds. They lapse when they would have, or later if they would not last long enough. A least time
-- is given if it was not the user's fault: then they do not count as a round when they lapse.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, booking id, how long they last at least in ms
-- Result   {'abandoned'} | {'gone'}
local booking, at_least = ARGV[2], ARGV[3]
local record = redis.call('HGET', CLAIMS, booking)
if not record then return { 'gone' } end

local claim, now = read_claim(record), now_ms()
for i, number in ipairs(claim.numbers) do
  local deadline = claim.deadlines[i]
  deadline = math.max(deadline, now + at_least) -- guard: grace
  local _, mark = read_hold(redis.call('GET', hold_key(number)))
  prolong(mark, deadline, now)
  redis.call('ZADD', EXPIRY, deadline, number .. ':' .. claim.user)
  drained = false -- Its time may be over.
  redis.call('SET', hold_key(number), hold_value(claim.user, mark), 'PXAT', deadline)
  if at_least > 0 then excuse(claim.user, meta.epoch, deadline) end
end
redis.call('HDEL', CLAIMS, booking)
meta.claimed = meta.claimed - #claim.numbers
meta.held = meta.held + #claim.numbers
return { 'abandoned' }
