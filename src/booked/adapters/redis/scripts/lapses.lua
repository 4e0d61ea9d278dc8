-- Users who let reservations lapse. These functions are made only if a user does: functions, and locals that they use, cost
-- each step time.
local lapses
lapses = function()
  local KEPT_FOR = 86400000 -- ms
  local made = {}
  lapses = function() return made end

  local function key_of_user(user)
    return key_of('lapses') .. ':' .. user
  end

  -- Return a user's lapses from their record (or false), nil for none: `rounds` in a row, of which the last lapsed at
  -- `lapsed_at`. Rounds with deadlines up to `seen` are dealt with.
  function made.read(user, epoch, record)
    if booked[user] then return { rounds = 0, lapsed_at = 0, seen = booked[user] } end
    local of, rounds, lapsed_at, seen = string.match(record or '', '^(%d+)|(%d+)|(%d+)|(%d+)$')
    if tonumber(of) ~= epoch then return nil end
    return { rounds = tonumber(rounds), lapsed_at = tonumber(lapsed_at), seen = tonumber(seen) }
  end

  function made.find(user, epoch)
    return made.read(user, epoch, redis.call('GET', key_of_user(user)))
  end

  function made.save(user, epoch, found)
    local record = table.concat({ epoch, found.rounds, found.lapsed_at, found.seen }, '|')
    redis.call('SET', key_of_user(user), record, 'PX', KEPT_FOR)
  end

  function made.forget(user)
    redis.call('DEL', key_of_user(user))
  end

  -- Save a user's lapses in place of what they were before, or nil.
  function made.change(user, epoch, before, after)
    if not before or booked[user] then hold_more(user, LAPSED) end
    booked[user] = nil
    made.save(user, epoch, after)
  end

  -- Look at some users who hold nothing, and drop those whose record has expired. Otherwise they would add up.
  local function tidy_holders(most)
    local some, users, keys = redis.call('HRANDFIELD', HOLDERS, most, 'WITHVALUES'), {}, {}
    for i = 1, #some, 2 do
      local held = tonumber(some[i + 1])
      if held >= LAPSED and held % LAPSED == 0 then
        users[#users + 1] = some[i]
        keys[#keys + 1] = key_of_user(some[i])
      end
    end
    for i, record in ipairs(#keys > 0 and redis.call('MGET', unpack(keys)) or {}) do
      if not record then
        redis.call('HDEL', HOLDERS, users[i])
        held_before[users[i]] = 0
      end
    end
  end

  -- Count rounds that lapsed, {{user, deadline}, …} in the order of their deadlines: a round is what a user held until a
  -- deadline. Offers to the waitlist do not count, nor does what had lapsed before a repair.
  function made.count(meta, rounds)
    local users, keys, known = {}, {}, {}
    for i, round in ipairs(rounds) do
      users[i] = round[1]
      keys[i] = key_of_user(round[1])
    end
    local records, offers = redis.call('MGET', unpack(keys)), redis.call('HMGET', OFFERS, unpack(users))
    local repaired = tonumber(redis.call('HGET', META, 'repaired') or 0)
    for i, round in ipairs(rounds) do
      local user, deadline = unpack(round)
      local before = known[user] or made.read(user, meta.epoch, records[i])
      local after = before or { rounds = 0, seen = 0 }
      local offered = tonumber(string.match(offers[i] or '', '^.-|(%d+)|'))
      if user ~= HOUSE and offered ~= deadline and deadline > math.max(after.seen, repaired) then
        known[user] = { rounds = after.rounds + 1, lapsed_at = deadline, seen = deadline }
        made.change(user, meta.epoch, before, known[user])
      end
    end
    tidy_holders(2 * #rounds)
  end

  -- Return why a user has to cool down, as a reply; nil for no reason. `cool_downs` lists how long, in ms, by the number of
  -- rounds in a row. After more rounds than listed, the last one counts.
  function made.refusal(meta, user, now, cool_downs)
    local found, waits = made.find(user, meta.epoch), {}
    if not found then return nil end
    for wait in string.gmatch(cool_downs, '%d+') do waits[#waits + 1] = tonumber(wait) end
    local left = found.lapsed_at + (waits[math.min(found.rounds, #waits)] or 0) - now
    if left > 0 then return { 'cooling', found.rounds, left } end -- guard: cool-down
  end

  return made
end
