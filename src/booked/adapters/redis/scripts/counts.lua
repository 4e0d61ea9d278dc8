-- The counts of an event, and lapsed holds, which change them.

local function free(meta)
  return meta.capacity - meta.sold - meta.held - meta.claimed
end

-- Return how many of `count` tickets that come back are kept from the public, because the waitlist waits for them.
local function kept_back(meta, count)
  return math.max(0, math.min(count, meta.waiting - meta.aside))
end

-- Set tickets that come back aside for the waitlist, as many as it waits for, and remember which came back. Those that came
-- back before any were set aside are the public's.
local function set_aside(meta, count, numbers)
  if meta.waiting == 0 or count == 0 then return end
  local came_back = key_of('came-back')
  if meta.aside == 0 then redis.call('DEL', came_back) end
  meta.aside = meta.aside + kept_back(meta, count) -- guard: set aside
  for _, number in ipairs(numbers) do redis.call('SETBIT', came_back, number - 1, 1) end
end

local function count_for(meta, user, tickets)
  if meta.ticket_limit == 0 or user == HOUSE then return end
  if redis.call('HINCRBY', key_of('counts'), user, tickets) <= 0 then redis.call('HDEL', key_of('counts'), user) end
end

local function over_limit(meta, user, count)
  if user == HOUSE then return false end -- guard: house without limit
  if meta.ticket_limit == 0 then return false end
  return tonumber(redis.call('HGET', key_of('counts'), user) or 0) + count > meta.ticket_limit -- guard: ticket limit
end

local function clear_bit(meta, number)
  redis.call('SETBIT', TAKEN, number - 1, 0)
  gaps().forget(number) -- guard: largest gap
  meta.hint = math.min(meta.hint, number - 1)
end

local FREED_MOST, FREED_AT_ONCE = 10000, 1000 -- how many lapsed holds a call frees, and how many of them by one command
local freed_in_step = 0 -- lapsed holds that the step has freed, of all its events

-- Free up to `most` lapsed holds. Return how many there were. Once there are no more, none lapse during the step.
local function reclaim(meta, now, most)
  if drained then return 0 end
  local lapsed = redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
  drained = #lapsed < 2 * most
  if #lapsed == 0 then return 0 end
  local members, keys, numbers, rounds, last = {}, {}, {}, {}, {}
  for i = 1, #lapsed, 2 do
    local number, user = string.match(lapsed[i], '^(%d+):(.*)$')
    local deadline = tonumber(lapsed[i + 1])
    numbers[#numbers + 1] = tonumber(number)
    clear_bit(meta, numbers[#numbers])
    members[#members + 1] = lapsed[i]
    keys[#keys + 1] = hold_key(numbers[#numbers])
    count_for(meta, user, -1)
    hold_more(user, -1)
    tally(user, 'lapsed', 1)
    if last[user] ~= deadline then rounds[#rounds + 1] = { user, deadline } end
    last[user] = deadline
  end
  redis.call('DEL', unpack(keys))
  redis.call('ZREM', EXPIRY, unpack(members))
  lapses().count(meta, rounds)
  meta.held = meta.held - #members
  set_aside(meta, #members, numbers)
  freed_in_step = freed_in_step + #members
  return #members
end

-- Free lapsed holds, in bounded time: other calls get their turn. Return whether none are left.
local function reclaim_lapsed(meta, now)
  for _ = 1, FREED_MOST / FREED_AT_ONCE do
    if reclaim(meta, now, FREED_AT_ONCE) == 0 then return true end
  end
  return false
end
