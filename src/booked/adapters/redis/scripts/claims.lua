-- Records of claims.

-- Return when a reservation was made, 0 where that is not known any more.
local function made_at(mark)
  local record = redis.call('GET', 'reservation:' .. TAG .. ':' .. mark) or ''
  return tonumber(string.match(record, '^[^|]*|[^|]*|[^|]*|(%d+)|')) or 0
end

local function read_claim(record)
  -- Claims of an earlier version have no terms, and do not say when their tickets were reserved.
  local user, claimed_at, entry, list, terms = string.match(record, '^([^|]*)|(%d+)|([^|]*)|([^|]*)|?(.*)$')
  local claim = { user = user, claimed_at = tonumber(claimed_at), entry = entry, terms = terms, numbers = {},
    deadlines = {}, reserved_at = {} }
  for number, deadline, reserved_at in string.gmatch(list, '(%d+):(%d+):?(%d*)') do
    local i = #claim.numbers + 1
    claim.numbers[i], claim.deadlines[i] = tonumber(number), tonumber(deadline)
    claim.reserved_at[i] = tonumber(reserved_at) or 0
  end
  return claim
end

-- Add a claim to a reply: booking id, user, waitlist entry or '', terms, number, reserved at or 0, …
local function add_claim(reply, booking, claim)
  local last = #reply
  reply[last + 1], reply[last + 2], reply[last + 3], reply[last + 4] = booking, claim.user, claim.entry, claim.terms
  for i, number in ipairs(claim.numbers) do
    reply[last + 3 + 2 * i], reply[last + 4 + 2 * i] = number, claim.reserved_at[i]
  end
  return reply
end
