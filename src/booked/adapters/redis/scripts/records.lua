-- Records of holds, offers and claims.
local LIMITED_KEPT_FOR = 86400000 -- ms; nothing is held for longer

-- Write holds on tickets whose bits are set. `value` is the value of the hold keys, by default the user.
local function hold(meta, user, numbers, deadline, value)
  for _, number in ipairs(numbers) do
    redis.call('SET', hold_key(number), value or user, 'PXAT', deadline)
    redis.call('ZADD', EXPIRY, deadline, number .. ':' .. user)
  end
  meta.held = meta.held + #numbers
  count_for(meta, user, #numbers)
  hold_more(user, #numbers)
end

-- Write holds on tickets that somebody has reserved.
local function hold_reserved(meta, user, numbers, deadline, value)
  hold(meta, user, numbers, deadline, value)
  if user == HOUSE then
    tallies.house = (tallies.house or 0) + #numbers
    meta.aside = math.min(meta.aside, free(meta)) -- It may have taken what was set aside.
  end
end

-- Return who holds a ticket, from the value of its hold key: the user, the reservation's mark or '', the booking id or ''.
local function read_hold(value)
  return string.match(value or '', '^([^|]*)|?([^|]*)|?(.*)$')
end

local function numbers_in(list)
  local numbers = {}
  for number in string.gmatch(list, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  return numbers
end

-- Return why a user cannot hold these tickets too, as a reply; nil if there is no reason. `maximums` are
-- {{most, {first, last, …}}, …}. What the user holds of these ranges is remembered once tickets are `taken`; it is left out
-- when it is not held any more.
function over_maximum(user, numbers, maximums, taken)
  if #maximums == 0 or user == HOUSE then return nil end
  local key, held, known = 'limited:' .. TAG .. ':' .. user, {}, {}
  for _, number in ipairs(numbers_in(redis.call('GET', key) or '')) do
    known[number] = read_hold(redis.call('GET', hold_key(number))) == user
    if known[number] then held[#held + 1] = number end
  end
  for _, maximum in ipairs(maximums) do
    local most, ranges = unpack(maximum)
    local more = count_within(numbers, ranges)
    if not taken and more > 0 and count_within(held, ranges) + more > most then return { 'most', most } end
    for _, number in ipairs(taken and numbers or {}) do
      if not known[number] and count_within({ number }, ranges) > 0 then held[#held + 1] = number end
    end
  end
  if taken and #held > 0 then redis.call('SET', key, table.concat(held, ','), 'PX', LIMITED_KEPT_FOR) end
end

-- Return a user's offer that has not lapsed, or nil. Where nobody has an offer, that is asked once in a step.
local offers_exist
local function standing_offer(user, now)
  if offers_exist == nil then offers_exist = redis.call('EXISTS', OFFERS) == 1 end
  if not offers_exist then return nil end
  local record = redis.call('HGET', OFFERS, user)
  if not record then return nil end
  local entry, deadline, list = string.match(record, '^(.-)|(%d+)|(.*)$')
  if tonumber(deadline) <= now then return nil end
  return { entry = entry, deadline = tonumber(deadline), numbers = numbers_in(list) }
end

local function read_claim(record)
  -- Claims of an earlier version have no terms, and do not say when their tickets were reserved.
  local user, claimed_at, entry, list, terms = string.match(record, '^(.-)|(%d+)|(.-)|([^|]*)|?(.*)$')
  local claim = { user = user, claimed_at = tonumber(claimed_at), entry = entry, terms = terms, numbers = {},
    deadlines = {}, reserved_at = {} }
  for number, deadline, reserved_at in string.gmatch(list, '(%d+):(%d+):?(%d*)') do
    claim.numbers[#claim.numbers + 1] = tonumber(number)
    claim.deadlines[#claim.deadlines + 1] = tonumber(deadline)
    claim.reserved_at[#claim.reserved_at + 1] = tonumber(reserved_at) or 0
  end
  return claim
end

-- Return a claim as a reply: {booking id, user, waitlist entry or '', terms, number, reserved at or 0, …}
local function claim_reply(booking, claim)
  local reply = { booking, claim.user, claim.entry, claim.terms }
  for i, number in ipairs(claim.numbers) do
    reply[#reply + 1] = number
    reply[#reply + 1] = claim.reserved_at[i]
  end
  return reply
end
