-- Turn a user's holds into a claim, all of them or none.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id, user id, booking id, number, …
-- Result   {'claimed', epoch, booking id, user id, waitlist entry or '', number, …}: this claim, or an earlier one of
--          the user's that has some of the tickets | {'foreign'} | {'missing', number, …} | {'cold'}
local user, booking = ARGV[2], ARGV[3]
local meta = load_meta()
if not meta then return { 'cold' } end
local now = now_ms()

local claim = { user = user, entry = '', numbers = {}, deadlines = {} }
local missing, claimed_before = { 'missing' }, nil
for i = 4, #ARGV do
  local number = tonumber(ARGV[i])
  local owner = redis.call('GET', hold_key(number))
  if owner and owner ~= user then return { 'foreign' } end
  local deadline = owner and tonumber(redis.call('ZSCORE', EXPIRY, number .. ':' .. user) or nil)
  if owner and not deadline then
    claimed_before = number
  elseif not owner or deadline <= now then
    missing[#missing + 1] = number
  else
    claim.numbers[#claim.numbers + 1] = number
    claim.deadlines[#claim.deadlines + 1] = deadline
  end
end

if claimed_before then
  local records = redis.call('HGETALL', CLAIMS)
  for i = 1, #records, 2 do
    local earlier = read_claim(records[i + 1])
    for _, number in ipairs(earlier.numbers) do
      if number == claimed_before then return { 'claimed', meta.epoch, unpack(claim_reply(records[i], earlier)) } end
    end
  end
  missing[#missing + 1] = claimed_before
end
if #missing > 1 then return missing end

local offer = standing_offer(user, now)
local record = {}
for i, number in ipairs(claim.numbers) do
  redis.call('ZREM', EXPIRY, number .. ':' .. user)
  redis.call('PERSIST', hold_key(number))
  record[i] = number .. ':' .. claim.deadlines[i]
  for _, offered in ipairs(offer and offer.numbers or {}) do
    if offered == number then claim.entry = offer.entry end
  end
end
redis.call('HSET', CLAIMS, booking, table.concat({ user, now, claim.entry, table.concat(record, ',') }, '|'))
meta.held = meta.held - #claim.numbers
meta.claimed = meta.claimed + #claim.numbers
save_counts(meta)
return { 'claimed', meta.epoch, unpack(claim_reply(booking, claim)) }
