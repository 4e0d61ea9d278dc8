-- What all scripts share: the keys of an event, and functions about its tickets.
--
-- frame.lua defines RUN_ID above this: the run id and the replication id of the server that the text is loaded on. A
-- restarted server does not know the text, and an event is cold if its meta names another run.
--
-- KEYS[1]  meta:{<event>}    hash: run, epoch, capacity, ticket_limit (0: none), opens and closes (ms, 0: any time),
--                            sold, held, claimed, released, aside (free tickets kept for the waitlist), waiting (tickets it
--                            waits for), waiting_version, hint (all bits before it are set),
--                            generation (random, another one after a discard: reservations of before are forgotten),
--                            repaired (ms, of the last flip: what had lapsed by then does not count as a round)
-- ARGV[1]  event id
--
-- Other keys, all in the event's hash slot:
--   taken:{<event>}           bitmap: bit number - 1 is set for a ticket that is held, claimed or sold
--   hold:{<event>}:<ticket>   <user> of a held ticket, <user>|<mark> of one that is part of a reservation; claimed it
--                             is <user>|<mark or ''>|<booking id>
--   expiry:{<event>}          sorted set of held tickets: <number>:<user> by deadline in ms
--   claims:{<event>}          hash: booking id -> <user>|<claimed at, ms>|<waitlist entry>|<ticket>,…|<terms> where a ticket
--                             is <number>:<deadline>:<when its reservation was made, ms; 0: it was held alone>
--   offers:{<event>}          hash: user -> <waitlist entry>|<deadline>|<number>,…
--   served:{<event>}          hash: user -> version of the waitlist entry that an offer was made to last
--   wanted:{<event>}          MessagePack: {{tickets, {first, last, …}}, …}: how many tickets the waitlist waits for in which
--                             ranges of numbers, beside those for which any number will do
--   counts:{<event>}          hash: user -> tickets held, claimed and owned; only where there is a ticket limit, and
--                             never of the house
--   holders:{<event>}         hash: user -> tickets held and claimed, and LAPSED more where there is a record of lapses;
--                             never of the house
--   lapses:{<event>}:<user>   <epoch>|<rounds>|<lapsed at, ms>|<seen up to, ms> of a user who let reservations lapse: how many
--                             in a row, when the last one did, and the deadline up to which they are counted, booked or
--                             excused; kept for a day, and void in another epoch
--   reservation:{<event>}:<mark>  <user>|<generation>|<type or ''>|<made at, ms>|<deadline, ms>|<extensions>|<number>,…|
--                             <SHA-1 of a request's key>,…
--   once:{<event>}:<digest>   <fingerprint, hexadecimal>|<mark>|<the reservation that was made>; the digest is the
--                             SHA-1 of <caller>:<key>
--   funnel:{<event>}          hash: booked, lapsed, given_back: what became of tickets that people reserved; house:
--                             how many tickets the house holds or has claimed
--   releases:{<event>}        set of release numbers that came before an earlier one did
--   early:{<event>}           hash: releases that came before the flip to their epoch, as releases.lua says
--   due:{<event>}             there while a flip that was permitted lately has not come yet
--   permit:{<event>}:<permit> run id: a flip is permitted, unless the server was restarted since
--   discarded:{<event>}       the epoch up to which the event was discarded; it outlives every permit of before
--
-- The house, a user whose id is the event's, keeps tickets from sale. Neither limits nor the sales window bind it, and
-- what it holds is not counted as reserved.
local LAPSED = 4294967296 -- more than any event has tickets
local EVENT = ARGV[1]
local HOUSE = EVENT
local TAG = '{' .. EVENT .. '}'
local META = KEYS[1]
local TAKEN = 'taken:' .. TAG
local EXPIRY = 'expiry:' .. TAG
local CLAIMS = 'claims:' .. TAG
local OFFERS = 'offers:' .. TAG
local HOLDERS = 'holders:' .. TAG
local WANTED = 'wanted:' .. TAG
local COUNTS = 'counts:' .. TAG
local FUNNEL = 'funnel:' .. TAG
local HOLD = 'hold:' .. TAG .. ':' .. string.sub(EVENT, 1, 28)

local function hold_key(number)
  return HOLD .. string.format('%08x', number)
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The event's meta, or nil if it is cold. Scripts change it as they like; all that run together share it.
local FIELDS = { 'epoch', 'capacity', 'ticket_limit', 'opens', 'closes', 'sold', 'held', 'claimed', 'released', 'aside',
  'waiting', 'waiting_version', 'hint' }
local loaded, stored
local function load_meta()
  if loaded then return loaded end
  local values = redis.call('HMGET', META, 'run', unpack(FIELDS))
  if values[1] ~= RUN_ID then return nil end
  for i = 2, #values do values[i] = tonumber(values[i]) end
  stored = values
  loaded = { epoch = values[2], capacity = values[3], ticket_limit = values[4], opens = values[5], closes = values[6],
    sold = values[7], held = values[8], claimed = values[9], released = values[10], aside = values[11],
    waiting = values[12], waiting_version = values[13], hint = values[14] }
  return loaded
end

-- What became of reserved tickets since the meta was saved; those of the house only leave it.
local tallies = {}
local function tally(user, what, tickets)
  if user == HOUSE then what, tickets = 'house', -tickets end
  tallies[what] = (tallies[what] or 0) + tickets
end

-- How many tickets more or fewer each user holds since the meta was saved.
local holding = {}
local function hold_more(user, count)
  if user ~= HOUSE then holding[user] = (holding[user] or 0) + count end
end

-- By user, the latest deadline of the tickets that were booked since the meta was saved.
local booked = {}

-- Functions about users who let reservations lapse. They are made only where one does: functions, and locals that functions
-- use, take each step its time.
local lapses
lapses = function()
  local LAPSES = 'lapses:' .. TAG .. ':'
  local KEPT_FOR = 86400000 -- ms
  local made = {}
  lapses = function() return made end

  -- A user's lapses by the record of them or false, nil for none. `rounds` are those in a row, the last of which lapsed at
  -- `lapsed_at`, and those with deadlines up to `seen` are dealt with.
  function made.read(user, epoch, record)
    if booked[user] then return { rounds = 0, lapsed_at = 0, seen = booked[user] } end
    local of, rounds, lapsed_at, seen = string.match(record or '', '^(%d+)|(%d+)|(%d+)|(%d+)$')
    if tonumber(of) ~= epoch then return nil end
    return { rounds = tonumber(rounds), lapsed_at = tonumber(lapsed_at), seen = tonumber(seen) }
  end

  function made.find(user, epoch)
    return made.read(user, epoch, redis.call('GET', LAPSES .. user))
  end

  function made.save(user, epoch, found)
    local record = table.concat({ epoch, found.rounds, found.lapsed_at, found.seen }, '|')
    redis.call('SET', LAPSES .. user, record, 'PX', KEPT_FOR)
  end

  function made.forget(user)
    redis.call('DEL', LAPSES .. user)
  end

  -- Save a user's lapses in place of what they were before, or nil.
  function made.change(user, epoch, before, after)
    if not before or booked[user] then hold_more(user, LAPSED) end
    booked[user] = nil
    made.save(user, epoch, after)
  end

  -- Look at some who hold nothing, and drop those whose record is forgotten by now, so that they do not add up.
  local function tidy_holders(most)
    local some, users, keys = redis.call('HRANDFIELD', HOLDERS, most, 'WITHVALUES'), {}, {}
    for i = 1, #some, 2 do
      local held = tonumber(some[i + 1])
      if held >= LAPSED and held % LAPSED == 0 then
        users[#users + 1] = some[i]
        keys[#keys + 1] = LAPSES .. some[i]
      end
    end
    for i, record in ipairs(#keys > 0 and redis.call('MGET', unpack(keys)) or {}) do
      if not record then redis.call('HDEL', HOLDERS, users[i]) end
    end
  end

  -- Count rounds that lapsed, {{user, deadline}, …} in the order of their deadlines: a round is what a user held until a
  -- deadline. Those of the waitlist's offers do not count, nor what had lapsed before a repair.
  function made.count(meta, rounds)
    local users, keys, known = {}, {}, {}
    for i, round in ipairs(rounds) do
      users[i] = round[1]
      keys[i] = LAPSES .. round[1]
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

  -- Why a user has to cool down, as a reply; nil for no reason. `cool_downs` lists for how long, in ms, by the number of
  -- rounds in a row; of more rounds than it has, as long as of the last.
  function made.refusal(meta, user, now, cool_downs)
    local found, waits = made.find(user, meta.epoch), {}
    if not found then return nil end
    for wait in string.gmatch(cool_downs, '%d+') do waits[#waits + 1] = tonumber(wait) end
    local left = found.lapsed_at + (waits[math.min(found.rounds, #waits)] or 0) - now
    if left > 0 then return { 'cooling', found.rounds, left } end -- guard: cool-down
  end

  return made
end

-- Write what has changed in the meta, which is read again when it is wanted next.
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
  for user, count in pairs(holding) do
    local held = redis.call('HINCRBY', HOLDERS, user, count)
    if booked[user] and held > 0 then
      -- Of a reservation that was booked in part, the rest may lapse yet.
      held = held % LAPSED
      if held > 0 then
        lapses().save(user, stored[2], { rounds = 0, lapsed_at = 0, seen = booked[user] })
        redis.call('HSET', HOLDERS, user, held + LAPSED)
      else
        lapses().forget(user)
      end
    end
    if held <= 0 then redis.call('HDEL', HOLDERS, user) end
  end
  holding = {}
  if next(booked) then booked = {} end
end

local function free(meta)
  return meta.capacity - meta.sold - meta.held - meta.claimed
end

-- Of so many tickets that come back, how many are kept from the public, because the waitlist waits for them.
local function kept_back(meta, count)
  return math.max(0, math.min(count, meta.waiting - meta.aside))
end

local function set_aside(meta, count)
  meta.aside = meta.aside + kept_back(meta, count) -- guard: set aside
end

local function count_for(meta, user, tickets)
  if meta.ticket_limit == 0 or user == HOUSE then return end
  if redis.call('HINCRBY', COUNTS, user, tickets) <= 0 then redis.call('HDEL', COUNTS, user) end
end

local function over_limit(meta, user, count)
  if user == HOUSE then return false end -- guard: house without limit
  if meta.ticket_limit == 0 then return false end
  return tonumber(redis.call('HGET', COUNTS, user) or 0) + count > meta.ticket_limit -- guard: ticket limit
end

local function clear_bit(meta, number)
  redis.call('SETBIT', TAKEN, number - 1, 0)
  meta.hint = math.min(meta.hint, number - 1)
end

-- Free up to `most` holds whose time is over; how many there were.
local function reclaim(meta, now, most)
  local lapsed = redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
  if #lapsed == 0 then return 0 end
  local members, keys, rounds, last = {}, {}, {}, {}
  for i = 1, #lapsed, 2 do
    local number, user = string.match(lapsed[i], '^(%d+):(.*)$')
    local deadline = tonumber(lapsed[i + 1])
    clear_bit(meta, tonumber(number))
    members[#members + 1] = lapsed[i]
    keys[#keys + 1] = hold_key(tonumber(number))
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
  set_aside(meta, #members)
  return #members
end

-- Free what lapsed, in bounded time: however much it is, other calls get their turn. What is left comes next time, and
-- whether nothing is left is returned.
local function reclaim_lapsed(meta, now)
  for _ = 1, 10 do
    if reclaim(meta, now, 1000) == 0 then return true end
  end
  return false
end

-- Whether a user may not reserve now, because sales have not begun or are over.
local function closed(meta, user, now)
  return user ~= HOUSE and (now < meta.opens or (meta.closes > 0 and now >= meta.closes))
end

-- What a user may take; tickets set aside are not for the public.
local function on_offer(meta, user)
  if user == HOUSE then return free(meta) end
  return math.max(0, free(meta) - meta.aside)
end

-- Whether a user would hold more than `most` tickets at once, who held so many when the meta was saved; 0 is any number.
local function holds_too_many(user, held, count, most)
  if most == 0 or user == HOUSE then return false end
  return (held + (holding[user] or 0)) % LAPSED + count > most -- guard: most held
end

-- Why a user cannot be given this many more tickets, who may hold `most` at once and waits for `cool_downs`, '' for none,
-- as a reply; nil if there is no reason.
local function refusal(meta, user, count, now, most, cool_downs)
  if closed(meta, user, now) then return { 'closed' } end
  local held = (most ~= 0 or cool_downs ~= '') and tonumber(redis.call('HGET', HOLDERS, user) or 0) or 0
  if over_limit(meta, user, count) or holds_too_many(user, held, count, most) then
    -- Holds that have lapsed do not count, so they go before anyone is refused.
    reclaim_lapsed(meta, now)
    if over_limit(meta, user, count) then return { 'limit', meta.ticket_limit } end
    if holds_too_many(user, held, count, most) then return { 'holding', most } end
  end
  if reclaim(meta, now, 100) == 100 and held % LAPSED > 0 then
    reclaim_lapsed(meta, now) -- What the user let lapse may be among it.
  end
  if cool_downs ~= '' and held + (holding[user] or 0) >= LAPSED then
    local wait = lapses().refusal(meta, user, now, cool_downs)
    if wait then return wait end
  end
  if count > on_offer(meta, user) then reclaim_lapsed(meta, now) end
  if count > on_offer(meta, user) then return { 'few', on_offer(meta, user) } end
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
    redis.call('SETBIT', TAKEN, position, 1) -- guard: taken
    numbers[i] = position + 1
  end
  meta.hint = position + 1
  return numbers
end

-- The lowest free numbers in these ranges, all there are if they are fewer.
local function lowest_free(meta, count, ranges)
  local numbers = {}
  for i = 1, #ranges, 2 do
    local position, last = math.max(ranges[i] - 1, meta.hint), math.min(ranges[i + 1], meta.capacity) - 1
    while #numbers < count and position <= last do
      local from = position
      position = redis.call('BITPOS', TAKEN, 0, from, last, 'BIT')
      if from == meta.hint then meta.hint = position < 0 and last + 1 or position end
      if position < 0 then break end
      numbers[#numbers + 1] = position + 1
      position = position + 1
    end
  end
  return numbers
end

-- How many tickets in these ranges are free.
local function free_in(meta, ranges)
  local count = 0
  for i = 1, #ranges, 2 do
    local first, last = ranges[i], math.min(ranges[i + 1], meta.capacity)
    if first <= last then
      count = count + last - first + 1 - redis.call('BITCOUNT', TAKEN, first - 1, last - 1, 'BIT')
    end
  end
  return count
end

-- The ranges in which a user cannot be given this many tickets: what is free there is set aside for parties that wait
-- for these ranges.
local function kept_ranges(meta, user, count)
  local kept = {}
  if meta.aside == 0 or user == HOUSE then return kept end
  local record = redis.call('GET', WANTED)
  for _, wanted in ipairs(record and cmsgpack.unpack(record) or {}) do
    local tickets, ranges = unpack(wanted)
    if free_in(meta, ranges) - math.min(tickets, meta.aside) < count then
      for i = 1, #ranges, 2 do kept[#kept + 1] = { ranges[i], ranges[i + 1] } end -- guard: wanted
    end
  end
  table.sort(kept, function(one, other) return one[1] < other[1] end)
  return kept
end

-- The ranges between those that are kept.
local function open_ranges(meta, kept)
  local open, first = {}, 1
  for _, range in ipairs(kept) do
    if first < range[1] then
      open[#open + 1] = first
      open[#open + 1] = range[1] - 1
    end
    first = range[2] + 1
  end
  if first <= meta.capacity then
    open[#open + 1] = first
    open[#open + 1] = meta.capacity
  end
  return open
end

local function mark_taken(numbers)
  for _, number in ipairs(numbers) do redis.call('SETBIT', TAKEN, number - 1, 1) end
  return numbers
end

-- Set the bits of the lowest free tickets in these ranges and return their numbers: all of them, or nil and why not, as
-- a reply.
local function take_in(meta, count, ranges)
  local numbers = lowest_free(meta, count, ranges)
  if #numbers < count then return nil, { 'few', #numbers } end
  return mark_taken(numbers)
end

-- The same of any tickets that nobody else waits for.
local function take_any(meta, user, count)
  local kept = kept_ranges(meta, user, count)
  if #kept > 0 then return take_in(meta, count, open_ranges(meta, kept)) end
  return take(meta, count), { 'few', 0 }
end

-- Write holds on tickets whose bits are set. `value` is that of the hold keys, by default the user.
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

-- Who holds a ticket, by the value of its hold key: the user, the reservation's mark or '', the booking id or ''.
local function read_hold(value)
  return string.match(value or '', '^([^|]*)|?([^|]*)|?(.*)$')
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

-- A claim as a reply: {booking id, user, waitlist entry or '', terms, number, reserved at or 0, …}
local function claim_reply(booking, claim)
  local reply = { booking, claim.user, claim.entry, claim.terms }
  for i, number in ipairs(claim.numbers) do
    reply[#reply + 1] = number
    reply[#reply + 1] = claim.reserved_at[i]
  end
  return reply
end
