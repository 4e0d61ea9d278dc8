-- What the scripts for reservations share: finding selected tickets, and reservations themselves.
--
-- A selection is a kind, a number of tickets and a list: 'any' with {first, last, …}: ranges of ticket numbers in ascending
-- order, none for all tickets; 'cheapest' with such a list for each type, the cheapest first, and with a fourth value, the
-- ranges that are not on offer; 'best', next to each other, or 'groups', if need be, with rows as seats.lua has them;
-- 'exactly' with {number, …}. Where the tickets may be of any type, a fifth value is how many of the event are known
-- (0: let any be taken).
-- A reservation as a reply is {'reservation', mark, user, type or '', made at, deadline, extensions, {number, …}}.
local KEPT_FOR = 3600000 -- ms that a reservation can be read for after it has lapsed
local KEYS_KEPT = 20 -- idempotency keys of a reservation that are remembered for longer than it lasts

-- Return which of these numbers are not free.
local function not_free(meta, numbers)
  local gone = {}
  for _, number in ipairs(numbers) do
    if number < 1 or number > meta.capacity or redis.call('GETBIT', TAKEN, number - 1) == 1 then
      gone[#gone + 1] = number
    end
  end
  return gone
end

-- Return the best free seats in these rows, next to each other or, where that is not possible and `in_groups`, in groups. Nil and
-- why there are none, as a reply.
local function best_seats(meta, count, blocks, in_groups)
  local first, largest = first_together(meta, count, blocks)
  if first then
    local numbers = {}
    for n = 1, count do numbers[n] = first + n - 1 end
    return numbers
  end
  local ranges = {}
  for i = 1, #blocks, 4 do
    ranges[#ranges + 1] = blocks[i]
    ranges[#ranges + 1] = blocks[i + 1]
  end
  local available = choosing().free_in(meta, ranges)
  if available < count then return nil, { 'few', available } end
  if in_groups then return seats_in_groups(meta, count, largest, blocks) end
  return nil, { 'apart', largest }
end

-- Return these rows, {first, last, …} as seats.lua has them, without those in ranges that are kept.
local function open_rows(rows, kept)
  if #kept == 0 then return rows end
  local open = {}
  for i = 1, #rows, 4 do
    if not choosing().any_within({ rows[i] }, kept) then
      for part = i, i + 3 do open[#open + 1] = rows[part] end
    end
  end
  return open
end

-- Set the bits of the free tickets that a user selected. Return their numbers, or nil and why not, as a reply.
local function take_selected(meta, user, selection, now, most, cool_downs, maximums)
  local kind, count, list, withheld, known = unpack(selection)
  if #list > 0 then reclaim_lapsed(meta, now) end
  local gone = kind == 'exactly' and not_free(meta, list) or {}
  if #gone > 0 then return nil, { 'taken', unpack(gone) } end
  local refused = refusal(meta, user, count, now, most, cool_downs)
  if refused then return nil, refused end
  refused = known and grown(meta, known)
  if refused then return nil, refused end
  if kind == 'any' and #list == 0 then return take_any(meta, user, count) end
  if kind == 'cheapest' then return choosing().take_in_turn(meta, user, count, list, withheld, maximums) end
  local numbers, kept = list, choosing().kept_ranges(meta, user, count)
  if kind == 'any' then
    numbers = choosing().lowest_free(meta, count, list)
    if #numbers < count then return nil, { 'few', #numbers } end
  elseif kind ~= 'exactly' then
    numbers, refused = best_seats(meta, count, open_rows(list, kept), kind == 'groups')
    if not numbers then return nil, refused end
  end
  if choosing().any_within(numbers, kept) then return nil, { 'few', 0 } end
  local too_many = choosing().over_maximum(user, numbers, maximums)
  if too_many then return nil, too_many end -- guard: held of a type
  return choosing().mark_taken(numbers)
end

-- Return the value of the hold key of a user's ticket, as part of the reservation with this mark unless it is ''.
local function hold_value(user, mark)
  return mark == '' and user or user .. '|' .. mark
end

-- Hold tickets whose bits are set as part of a reservation, made under these `maximums`.
local function hold_for(meta, reservation, numbers, maximums)
  local user = reservation.user
  hold_reserved(meta, user, numbers, reservation.deadline, hold_value(user, reservation.mark))
  choosing().over_maximum(user, numbers, maximums, true)
  for _, number in ipairs(numbers) do reservation.numbers[#reservation.numbers + 1] = number end
end

-- Give back tickets that a reservation holds.
local function let_go(meta, reservation, numbers, now)
  local user, gone = reservation.user, {}
  for _, number in ipairs(numbers) do
    clear_bit(meta, number)
    redis.call('DEL', hold_key(number))
    redis.call('ZREM', EXPIRY, number .. ':' .. user)
    gone[number] = true
  end
  meta.held = meta.held - #numbers
  set_aside(meta, #numbers, numbers)
  count_for(meta, user, -#numbers)
  hold_more(user, -#numbers)
  tally(user, 'given_back', #numbers)
  -- An offer keeps its time even when nothing is left of it: the user who gives it back does not get it again.
  local offer = standing_offer(user, now)
  if offer then
    local left = {}
    for _, number in ipairs(offer.numbers) do
      if not gone[number] then left[#left + 1] = number end
    end
    redis.call('HSET', OFFERS, user, table.concat({ offer.entry, offer.deadline, table.concat(left, ',') }, '|'))
  end
end

local function reservation_key(mark)
  return 'reservation:' .. TAG .. ':' .. mark
end

local function generation()
  return redis.call('HGET', META, 'generation')
end

local function record_of(reservation)
  return table.concat({ reservation.user, generation(), reservation.type, reservation.made_at, reservation.deadline,
    reservation.extensions, table.concat(reservation.numbers, ','), table.concat(reservation.keys, ',') }, '|')
end

local function save_reservation(reservation)
  redis.call('SET', reservation_key(reservation.mark), record_of(reservation), 'PXAT', reservation.deadline + KEPT_FOR)
end

-- Return the reservation in a record, with the tickets that it still has: those held, until its time is over, and those
-- just being booked. Nil if there is no record, or if it is older than a discard of the event.
local function read_reservation(mark, record, now)
  if not record then return nil end
  -- Records of an earlier version do not name the keys.
  local user, of, type, made_at, deadline, extensions, list, keys =
    string.match(record, '^(.-)|(.-)|(%d*)|(%d+)|(%d+)|(%d+)|([%d,]*)|?([%x,]*)$')
  if of ~= generation() then return nil end
  local reservation = { mark = mark, user = user, type = type, made_at = tonumber(made_at),
    deadline = tonumber(deadline), extensions = tonumber(extensions), numbers = {}, keys = {}, booking = false }
  for key in string.gmatch(keys, '%x+') do reservation.keys[#reservation.keys + 1] = key end
  for _, number in ipairs(numbers_in(list)) do
    local _, part_of, booking = read_hold(redis.call('GET', hold_key(number)))
    local lost = false
    -- It may be of another reservation of the same user by now.
    if part_of ~= mark or booking == '' and now >= reservation.deadline then lost = true end -- guard: still held
    if not lost then
      reservation.numbers[#reservation.numbers + 1] = number
      reservation.booking = reservation.booking or booking ~= ''
    end
  end
  return reservation
end

local function find_reservation(mark, now)
  return read_reservation(mark, redis.call('GET', reservation_key(mark)), now)
end

-- Excuse a user's rounds up to this deadline: they do not count when they lapse, because they could not be booked.
local function excuse(user, epoch, deadline)
  if user == HOUSE then return end
  local before = lapses().find(user, epoch)
  local after = before or { rounds = 0, lapsed_at = 0, seen = 0 }
  after.seen = math.max(after.seen, deadline)
  lapses().change(user, epoch, before, after)
end

-- Make a reservation whose tickets are just being booked last until this deadline at least.
local function prolong(mark, deadline, now)
  local reservation = find_reservation(mark, now)
  if reservation and reservation.deadline < deadline then
    reservation.deadline = deadline
    save_reservation(reservation)
  end
end

-- Return a user's reservation that can be changed, or nil and why there is none, as a reply.
local function changeable(mark, user, now)
  local reservation = find_reservation(mark, now)
  if not reservation or reservation.user ~= user or #reservation.numbers == 0 then return nil, { 'none' } end
  if reservation.booking then return nil, { 'booking' } end -- guard: being booked
  return reservation
end

local function reservation_reply(reservation)
  table.sort(reservation.numbers)
  return { 'reservation', reservation.mark, reservation.user, reservation.type, reservation.made_at,
    reservation.deadline, reservation.extensions, reservation.numbers }
end

local function once_key(digest)
  return 'once:' .. TAG .. ':' .. digest
end

-- Return what a request is answered whose key came before, as a reply; nil for a new request. The key begins with its
-- caller; '' is none.
local function answered_before(key, fingerprint, now)
  local before = key ~= '' and redis.call('GET', once_key(redis.sha1hex(key)))
  if not before then return nil end
  local used_for, mark, record = string.match(before, '^(%x*)|(%x+)|(.*)$')
  -- Of one that was given back the record is gone; that of when it was made still tells its name.
  local reservation = find_reservation(mark, now) or read_reservation(mark, record, now)
  if not reservation then return nil end
  return used_for == fingerprint and reservation_reply(reservation) or { 'reused' }
end

-- Remember a request about a reservation no longer than the reservation lasts.
local function limit_answer(reservation, digest)
  redis.call('PEXPIREAT', once_key(digest), reservation.deadline, 'LT')
end

-- Save a reservation, and that a request with this key has made or changed it.
local function save_answer(key, fingerprint, kept_for, reservation)
  local digest = key ~= '' and redis.sha1hex(key)
  if digest then reservation.keys[#reservation.keys + 1] = digest end
  if #reservation.keys > KEYS_KEPT then limit_answer(reservation, table.remove(reservation.keys, 1)) end
  save_reservation(reservation)
  if digest then
    local answer = table.concat({ fingerprint, reservation.mark, record_of(reservation) }, '|')
    redis.call('SET', once_key(digest), answer, 'PX', kept_for)
  end
end

