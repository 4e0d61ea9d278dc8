-- Records of holds and offers.

-- Return who holds a ticket, from the value of its hold key: the user, the reservation's mark or '', the booking id or ''.
local function read_hold(value)
  return string.match(value or '', '^([^|]*)|?([^|]*)|?(.*)$')
end

local function numbers_in(list)
  local numbers = {}
  for number in string.gmatch(list, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  return numbers
end

-- Return a user's offer that has not lapsed, or nil. Where nobody has an offer, that is asked once for the step's calls.
local function standing_offer(user, now)
  if offers_exist == nil then offers_exist = redis.call('EXISTS', OFFERS) == 1 end
  if not offers_exist then return nil end
  local record = redis.call('HGET', OFFERS, user)
  if not record then return nil end
  local entry, deadline, list = string.match(record, '^(.-)|(%d+)|(.*)$')
  if tonumber(deadline) <= now then return nil end
  return { entry = entry, deadline = tonumber(deadline), numbers = numbers_in(list) }
end
