-- Claims that were made a while ago, or as far ahead, by a clock that was set back since.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, age in ms
-- Result   {'claims', epoch, {booking id, user id, waitlist entry or '', number, reserved at or 0, …}, …}
local age = tonumber(ARGV[2])
local now = now_ms()

local reply = { 'claims', meta.epoch }
local records = redis.call('HGETALL', CLAIMS)
for i = 1, #records, 2 do
  local claim = read_claim(records[i + 1])
  if math.abs(now - claim.claimed_at) >= age then reply[#reply + 1] = add_claim({}, records[i], claim) end
end
return reply
