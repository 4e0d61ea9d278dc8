-- What all scripts share. The loader puts this text in front of each of them, and `local RUN_ID = '…'` in front of it:
-- the run id of the server that the script is loaded on. A restarted server does not know the script, and an event's
-- meta that names another run is cold.
--
-- KEYS[1]  meta:{<event>}    hash: run, epoch, capacity, ticket_limit (0: none), sold, held, claimed, released,
--                            aside (free tickets kept for the waitlist), waiting (tickets it waits for),
--                            waiting_version, hint (all bits before it are set)
-- ARGV[1]  the event's id
--
-- Other keys, all in the event's hash slot:
--   taken:{<event>}           bitmap: bit number - 1 is set for a ticket that is held, claimed or sold
--   hold:{<event>}:<ticket>   user id of a held or claimed ticket
--   expiry:{<event>}          sorted set of held tickets: <number>:<user> by deadline in ms
--   claims:{<event>}          hash: booking id -> <user>|<claimed at, ms>|<waitlist entry>|<number>:<deadline>,…
--   offers:{<event>}          hash: user -> <waitlist entry>|<deadline>|<number>,…
--   counts:{<event>}          hash: user -> tickets held, claimed and owned; only where there is a ticket limit
--   releases:{<event>}        set of release numbers that came before an earlier one did
--   due:{<event>}             there while a flip that was permitted lately has not come yet
--   permit:{<event>}:<permit> run id: a flip is permitted, unless the server was restarted since
local EVENT = ARGV[1]
local TAG = '{' .. EVENT .. '}'
local META = KEYS[1]
local TAKEN = 'taken:' .. TAG
local EXPIRY = 'expiry:' .. TAG
local CLAIMS = 'claims:' .. TAG
local OFFERS = 'offers:' .. TAG
local COUNTS = 'counts:' .. TAG
local RELEASES = 'releases:' .. TAG
local DUE = 'due:' .. TAG
local HOLD = 'hold:' .. TAG .. ':' .. string.sub(EVENT, 1, 28)

local function hold_key(number)
  return HOLD .. string.format('%08x', number)
end

local function permit_key(permit)
  return 'permit:' .. TAG .. ':' .. permit
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The event's counts, or nil if it is cold.
local function load_meta()
  local fields = redis.call('HMGET', META, 'run', 'epoch', 'capacity', 'ticket_limit', 'sold', 'held', 'claimed',
    'released', 'aside', 'waiting', 'waiting_version', 'hint')
  if fields[1] ~= RUN_ID then return nil end
  return {
    epoch = tonumber(fields[2]), capacity = tonumber(fields[3]), ticket_limit = tonumber(fields[4]),
    sold = tonumber(fields[5]), held = tonumber(fields[6]), claimed = tonumber(fields[7]),
    released = tonumber(fields[8]), aside = tonumber(fields[9]), waiting = tonumber(fields[10]),
    waiting_version = tonumber(fields[11]), hint = tonumber(fields[12]),
  }
end

local function save_counts(meta)
  redis.call('HSET', META, 'sold', meta.sold, 'held', meta.held, 'claimed', meta.claimed, 'aside', meta.aside,
    'hint', meta.hint)
end

local function free(meta)
  return meta.capacity - meta.sold - meta.held - meta.claimed
end

-- Of tickets that came back, keep as many from the public as the waitlist waits for.
local function set_aside(meta, count)
  meta.aside = meta.aside + math.max(0, math.min(count, meta.waiting - meta.aside))
end

local function count_for(meta, user, tickets)
  if meta.ticket_limit == 0 then return end
  if redis.call('HINCRBY', COUNTS, user, tickets) <= 0 then redis.call('HDEL', COUNTS, user) end
end

local function over_limit(meta, user, count)
  if meta.ticket_limit == 0 then return false end
  return tonumber(redis.call('HGET', COUNTS, user) or 0) + count > meta.ticket_limit
end

local function clear_bit(meta, number)
  redis.call('SETBIT', TAKEN, number - 1, 0)
  meta.hint = math.min(meta.hint, number - 1)
end

-- Free up to `most` holds whose time is over; how many there were.
local function reclaim(meta, now, most)
  local lapsed = redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', now, 'LIMIT', 0, most)
  for _, member in ipairs(lapsed) do
    local number, user = string.match(member, '^(%d+):(.*)$')
    clear_bit(meta, tonumber(number))
    redis.call('DEL', hold_key(tonumber(number)))
    redis.call('ZREM', EXPIRY, member)
    count_for(meta, user, -1)
  end
  if #lapsed > 0 then
    meta.held = meta.held - #lapsed
    set_aside(meta, #lapsed)
    save_counts(meta)
  end
  return #lapsed
end

-- Free what lapsed, in bounded time: however much it is, other calls get their turn. What is left comes next time.
local function reclaim_lapsed(meta, now)
  for _ = 1, 10 do
    if reclaim(meta, now, 1000) == 0 then return end
  end
end

-- Set the bits of this many free tickets and return their numbers: all of them, or nil.
local function take(meta, count)
  local numbers = {}
  local position = meta.hint
  for i = 1, count do
    position = redis.call('BITPOS', TAKEN, 0, math.floor(position / 8))
    if position < 0 or position >= meta.capacity then
      for _, number in ipairs(numbers) do clear_bit(meta, number) end
      return nil
    end
    redis.call('SETBIT', TAKEN, position, 1)
    numbers[i] = position + 1
  end
  meta.hint = position + 1
  return numbers
end

-- Write holds on tickets whose bits are set.
local function hold(meta, user, numbers, deadline)
  for _, number in ipairs(numbers) do
    redis.call('SET', hold_key(number), user, 'PXAT', deadline)
    redis.call('ZADD', EXPIRY, deadline, number .. ':' .. user)
  end
  meta.held = meta.held + #numbers
  count_for(meta, user, #numbers)
end

local function numbers_in(list)
  local numbers = {}
  for number in string.gmatch(list, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  return numbers
end

-- A user's offer that has not lapsed, or nil.
local function standing_offer(user, now)
  local record = redis.call('HGET', OFFERS, user)
  if not record then return nil end
  local entry, deadline, list = string.match(record, '^(.-)|(%d+)|(.*)$')
  if tonumber(deadline) <= now then return nil end
  return { entry = entry, deadline = tonumber(deadline), numbers = numbers_in(list) }
end

local function read_claim(record)
  local user, claimed_at, entry, list = string.match(record, '^(.-)|(%d+)|(.-)|(.*)$')
  local claim = { user = user, claimed_at = tonumber(claimed_at), entry = entry, numbers = {}, deadlines = {} }
  for number, deadline in string.gmatch(list, '(%d+):(%d+)') do
    claim.numbers[#claim.numbers + 1] = tonumber(number)
    claim.deadlines[#claim.deadlines + 1] = tonumber(deadline)
  end
  return claim
end

-- A claim as a reply: {booking id, user, waitlist entry or '', number, …}
local function claim_reply(booking, claim)
  local reply = { booking, claim.user, claim.entry }
  for _, number in ipairs(claim.numbers) do reply[#reply + 1] = number end
  return reply
end
