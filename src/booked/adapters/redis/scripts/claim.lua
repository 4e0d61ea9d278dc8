-- Turn a user's holds into a claim, all of them or none.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, booking id, terms or '' for the usual ones, number, …
-- Result   {'claimed', epoch, booking id, user id, waitlist entry or '', terms, number, reserved at or 0, …}: this claim,
--          or an earlier one of the user's that has some of the tickets, on its own terms | {'foreign', number}: it is
--          somebody else's | {'missing', number, …}
local user, booking, terms = ARGV[2], ARGV[3], ARGV[4]
local now = now_ms()

local claim = { user = user, entry = '', terms = terms, numbers = {}, reserved_at = {} }
-- When a ticket's reservation was made decides what it costs, no matter which request commits the claim.
local deadlines, marks, reserved_at, missing, earlier = {}, {}, { [''] = 0 }, nil, nil
for i = 5, #ARGV do
  local number = tonumber(ARGV[i])
  before_reading(number)
  local value = redis.call('GET', hold_key(number))
  local owner, mark, under = user, '', ''
  if value ~= user then owner, mark, under = read_hold(value) end
  if value and owner ~= user then return { 'foreign', number } end -- guard: foreign hold
  local deadline = value and tonumber(redis.call('ZSCORE', EXPIRY, number .. ':' .. user) or nil)
  local pending
  before_reading(under)
  if under ~= '' and not earlier then pending = redis.call('HGET', CLAIMS, under) end -- guard: earlier claim
  if pending then
    earlier = add_claim({ 'claimed', meta.epoch }, under, read_claim(pending))
  elseif not deadline or deadline <= now then
    missing = missing or { 'missing' }
    missing[#missing + 1] = number
  else
    reserved_at[mark] = reserved_at[mark] or made_at(mark)
    local n = #marks + 1
    claim.numbers[n], deadlines[n], marks[n], claim.reserved_at[n] = number, deadline, mark, reserved_at[mark]
  end
end

if earlier or missing then return earlier or missing end

local offer = standing_offer(user, now)
local record, plain = {}, user .. '||' .. booking
for i, number in ipairs(claim.numbers) do
  write_later(number, 'ZREM', number .. ':' .. user) -- guard: claims do not lapse
  write_later(number, 'MSET', hold_key(number), marks[i] == '' and plain or user .. '|' .. marks[i] .. '|' .. booking)
  record[i] = number .. ':' .. deadlines[i] .. ':' .. claim.reserved_at[i]
  for _, offered in ipairs(offer and offer.numbers or {}) do
    if offered == number then claim.entry = offer.entry end
  end
end
local tickets = table.concat(record, ',')
write_later(booking, 'HSET', booking, user .. '|' .. now .. '|' .. claim.entry .. '|' .. tickets .. '|' .. terms)
meta.held = meta.held - #claim.numbers
meta.claimed = meta.claimed + #claim.numbers
return add_claim({ 'claimed', meta.epoch }, booking, claim)
