-- Writing down at the end of a step what its calls have changed together.

-- Ask how many tickets users held who are not known yet, many at a time.
local function learn_holders()
  local users
  for user in pairs(holding) do
    if not held_before[user] then
      users = users or {}
      users[#users + 1] = user
    end
  end
  for first = 1, users and #users or 0, ARGUMENTS_MOST do
    local last = math.min(first + ARGUMENTS_MOST - 1, #users)
    for i, held in ipairs(redis.call('HMGET', HOLDERS, unpack(users, first, last))) do
      held_before[users[first + i - 1]] = tonumber(held or 0)
    end
  end
end

-- Add arguments to those of a command about the holders. Make it if they are many.
local function add_to(arguments, command, user, held)
  arguments = arguments or {}
  arguments[#arguments + 1] = user
  arguments[#arguments + 1] = held
  if #arguments < ARGUMENTS_MOST then return arguments end
  redis.call(command, HOLDERS, unpack(arguments))
end

-- Write how many tickets users hold, and that the lapses of those who booked are forgotten.
local function save_holders()
  learn_holders()
  local changed, gone
  for user, more in pairs(holding) do
    local held = held_before[user] + more
    if booked[user] and held > 0 then
      -- If a reservation was booked in part, its rest may still lapse.
      held = held % LAPSED
      if held > 0 then
        lapses().save(user, stored[2], { rounds = 0, lapsed_at = 0, seen = booked[user] })
        held = held + LAPSED
      else
        lapses().forget(user)
      end
    end
    if held > 0 then changed = add_to(changed, 'HSET', user, held) else gone = add_to(gone, 'HDEL', user) end
  end
  if gone then redis.call('HDEL', HOLDERS, unpack(gone)) end
  if changed then redis.call('HSET', HOLDERS, unpack(changed)) end
end

-- Write what has changed in the meta. The next `load_meta` reads it again.
local function save_meta()
  local changed = {}
  for i, field in ipairs(loaded and fields or {}) do
    if loaded[field] ~= stored[i + 1] then
      changed[#changed + 1] = field
      changed[#changed + 1] = loaded[field]
    end
  end
  loaded = nil
  if #changed > 0 then redis.call('HSET', META, unpack(changed)) end
  for what, tickets in pairs(tallies) do redis.call('HINCRBY', key_of('funnel'), what, tickets) end
  if next(tallies) then tallies = {} end
  if next(holding) then
    save_holders()
    holding = {}
  end
  if next(held_before) then held_before = {} end
  if next(booked) then booked = {} end
end
