-- Turn a claim back into holds, which lapse when they would have.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, booking id
-- Result   {'abandoned'} | {'gone'} | {'cold'}
local booking = ARGV[2]
local meta = load_meta()
if not meta then return { 'cold' } end
local record = redis.call('HGET', CLAIMS, booking)
if not record then return { 'gone' } end

local claim = read_claim(record)
for i, number in ipairs(claim.numbers) do
  redis.call('ZADD', EXPIRY, claim.deadlines[i], number .. ':' .. claim.user)
  local _, mark = read_hold(redis.call('GET', hold_key(number)))
  redis.call('SET', hold_key(number), hold_value(claim.user, mark), 'PXAT', claim.deadlines[i])
end
redis.call('HDEL', CLAIMS, booking)
meta.claimed = meta.claimed - #claim.numbers
meta.held = meta.held + #claim.numbers
return { 'abandoned' }
