-- Writing down at the end of a step what its calls have changed together.

-- Write how many tickets more or fewer users hold, and that their lapses are forgotten once they booked.
local function save_holders()
  local users = {}
  for user in pairs(holding) do users[#users + 1] = user end
  for first = 1, #users, MANY do
    local last = math.min(first + MANY - 1, #users)
    local changed, gone = {}, {}
    for i, before in ipairs(redis.call('HMGET', HOLDERS, unpack(users, first, last))) do
      local user = users[first + i - 1]
      local held = tonumber(before or 0) + holding[user]
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
      if held > 0 then
        changed[#changed + 1] = user
        changed[#changed + 1] = held
      else
        gone[#gone + 1] = user
      end
    end
    if #gone > 0 then redis.call('HDEL', HOLDERS, unpack(gone)) end
    if #changed > 0 then redis.call('HSET', HOLDERS, unpack(changed)) end
  end
  if #users > 0 then holding = {} end
  if next(booked) then booked = {} end
end

-- Write what has changed in the meta. The next `load_meta` reads it again.
local function save_meta()
  local changed = {}
  for i, field in ipairs(loaded and FIELDS or {}) do
    if loaded[field] ~= stored[i + 1] then
      changed[#changed + 1] = field
      changed[#changed + 1] = loaded[field]
    end
  end
  loaded = nil
  if #changed > 0 then redis.call('HSET', META, unpack(changed)) end
  for what, tickets in pairs(tallies) do redis.call('HINCRBY', FUNNEL, what, tickets) end
  tallies = {}
  save_holders()
end
