-- Install an event as the database knows it, from sold tickets staged beforehand. Live holds stay, claims become holds
-- again, and sold tickets lose their holds.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, permit, epoch, capacity, sold, released, ticket limit (0: none), waiting, waiting version,
--          grace in ms, opens and closes in ms (0: any time), tickets that came back
-- Staged   staged-taken:{<event>}:<permit> bitmap, staged-counts:{<event>}:<permit> hash: user -> tickets owned
-- Result   {'flipped'} | {'refused'}: this epoch or a newer one is there or was discarded, or the permit is not there
local EPOCHS_A_TIMELINE = 1048576
local permit, epoch, capacity, sold = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local released, ticket_limit, waiting = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local waiting_version, grace = tonumber(ARGV[9]), tonumber(ARGV[10])
local opens, closes, came_back = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local staged_taken = 'staged-taken:' .. TAG .. ':' .. permit
local staged_counts = 'staged-counts:' .. TAG .. ':' .. permit

save_meta() -- What other calls have changed is looked at here, and then replaced.
local present = redis.call('HMGET', META, 'epoch', 'capacity', 'waiting', 'waiting_version', 'aside', 'released')
local permitted = redis.call('GETDEL', 'permit:' .. TAG .. ':' .. permit) == RUN_ID
  and redis.call('EXISTS', staged_taken) == 1
redis.call('DEL', key_of('due'))
local too_old = present[1] and tonumber(present[1]) >= epoch
local discarded = tonumber(redis.call('GET', key_of('discarded')) or -1) >= epoch
if too_old
  or discarded -- guard: discarded
  or not permitted -- guard: permit
then
  redis.call('DEL', staged_taken, staged_counts)
  return { 'refused' }
end
-- Within a timeline of the database (see migrations/0020_timelines.sql) capacity only grows, and a later demand may have
-- arrived already. What is here of an earlier timeline may be lost in the database, whose word holds.
local kept
if present[1] and math.floor(present[1] / EPOCHS_A_TIMELINE) == math.floor(epoch / EPOCHS_A_TIMELINE) then
  kept = present[5] + math.max(0, capacity - present[2])
  capacity = math.max(capacity, tonumber(present[2]))
  if tonumber(present[4]) > waiting_version then
    waiting, waiting_version = tonumber(present[3]), tonumber(present[4])
  end
else
  redis.call('DEL', key_of('served'))
end

redis.call('RENAME', staged_taken, TAKEN)
redis.call('PERSIST', TAKEN)
redis.call('SETBIT', TAKEN, capacity + 8, 0)
gaps().forget_all() -- guard: largest gap before a flip
redis.call('DEL', key_of('counts'), HOLDERS, key_of('releases'))
if redis.call('EXISTS', staged_counts) == 1 then
  redis.call('RENAME', staged_counts, key_of('counts'))
  redis.call('PERSIST', key_of('counts'))
end

local meta = { epoch = epoch, capacity = capacity, ticket_limit = ticket_limit, sold = sold, held = 0, claimed = 0,
  released = released, aside = 0, waiting = waiting, hint = 0 }
local back, back_before = key_of('came-back'), key_of('came-back-before')
if redis.call('EXISTS', back) == 1 and tonumber(present[5] or 0) > 0 then redis.call('RENAME', back, back_before) end
take_back_early(meta)
-- What never was taken is the public's. Set aside is what was, unless that is not known or misses a release.
local aside = came_back + meta.aside
local aside_known = kept and tonumber(present[6]) >= meta.released
if kept then aside = aside_known and kept or math.max(kept, aside) end

-- Keep a ticket for its holder, unless it is sold or was only there in an earlier timeline.
local function keep(user, number)
  local is_free = number <= capacity and redis.call('SETBIT', TAKEN, number - 1, 1) == 0
  if not is_free then tally(user, number <= capacity and 'booked' or 'lapsed', 1) end
  return is_free
end

-- A hold stays as it is, where it can stay.
for _, member in ipairs(redis.call('ZRANGE', EXPIRY, 0, -1)) do
  local number, user = string.match(member, '^(%d+):(.*)$')
  if keep(user, tonumber(number)) then
    meta.held = meta.held + 1
    count_for(meta, user, 1)
    hold_more(user, 1)
  else
    redis.call('DEL', hold_key(tonumber(number)))
    redis.call('ZREM', EXPIRY, member)
  end
end
-- Users who were booking get the time to claim again.
local now, excused = now_ms(), {}
for _, record in ipairs(redis.call('HVALS', CLAIMS)) do
  local claim = read_claim(record)
  for i, number in ipairs(claim.numbers) do
    local user, deadline = claim.user, math.max(claim.deadlines[i], now + grace)
    if not keep(user, number) then
      redis.call('DEL', hold_key(number))
    else
      local _, mark = read_hold(redis.call('GET', hold_key(number)))
      prolong(mark, deadline, now)
      hold(meta, user, { number }, deadline, hold_value(user, mark))
    end
    excused[user] = math.max(excused[user] or 0, deadline)
  end
end
for user, deadline in pairs(excused) do excuse(user, epoch, deadline) end
redis.call('DEL', CLAIMS)

aside = math.max(0, math.min(waiting, aside, capacity - meta.sold - meta.held))
-- Any free ticket may have come back, unless that is known.
redis.call('BITOP', 'NOT', back, TAKEN)
if aside_known then
  if capacity > tonumber(present[2]) then write_bits(back_before, present[2] + 1, capacity, 1) end
  redis.call('BITOP', 'AND', back, back, back_before)
end
redis.call('DEL', back_before)

redis.call('HSET', META, 'run', RUN_ID, 'epoch', epoch, 'capacity', capacity, 'ticket_limit', ticket_limit,
  'sold', meta.sold, 'held', meta.held, 'claimed', 0, 'released', meta.released,
  'aside', aside,
  'waiting', waiting, 'waiting_version', waiting_version, 'hint', 0, 'opens', opens, 'closes', closes,
  'repaired', now)
redis.call('HSETNX', META, 'generation', permit)
return { 'flipped' }
