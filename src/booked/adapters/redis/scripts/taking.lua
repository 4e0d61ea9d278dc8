-- Taking free tickets: whether a user may have them, and any of them. choosing.lua takes certain ones.
local choosing -- made in choosing.lua

-- Return whether a user may not reserve now, because sales have not begun or are over.
local function closed(meta, user, now)
  return user ~= HOUSE and (now < meta.opens or (meta.closes > 0 and now >= meta.closes))
end

-- Return how many tickets a user may take. Those set aside are not for the public.
local function on_offer(meta, user)
  if user == HOUSE then return free(meta) end
  return math.max(0, free(meta) - meta.aside)
end

-- Return whether a user would hold more than `most` tickets at once (0: any number). `held` is how many the user held when
-- the meta was saved.
local function holds_too_many(user, held, count, most)
  if most == 0 or user == HOUSE then return false end
  return (held + (holding[user] or 0)) % LAPSED + count > most -- guard: most held
end

-- Return why a user cannot have `count` more tickets, as a reply; nil if there is no reason. The user may hold `most` at
-- once, and waits for `cool_downs` ('' for none).
local function refusal(meta, user, count, now, most, cool_downs)
  if closed(meta, user, now) then return { 'closed' } end
  local held = (most ~= 0 or cool_downs ~= '') and held_when_saved(user) or 0
  if over_limit(meta, user, count) or holds_too_many(user, held, count, most) then
    -- Lapsed holds do not count, so they are freed before anyone is refused.
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

-- Return {'unknown', capacity} if the event has more tickets than its caller knows (0: let any be taken).
local function grown(meta, known)
  if known > 0 and known < meta.capacity then return { 'unknown', meta.capacity } end -- guard: grown
end

-- Set the bits of this many free tickets. Return their numbers: all of them, or nil.
local function take(meta, count)
  local numbers, position = {}, meta.hint
  for i = 1, count do
    local was
    repeat
      -- Most often the next bit is clear: setting it tells. If it was not, look for one.
      if was then position = redis.call('BITPOS', TAKEN, 0, math.floor(position / 8)) end
      if position < 0 or position >= meta.capacity then
        for _, number in ipairs(numbers) do clear_bit(meta, number) end
        return nil
      end
      was = 0
      was, meta.hint = redis.call('SETBIT', TAKEN, position, 1), position + 1 -- guard: taken
    until was == 0
    numbers[i], position = position + 1, position + 1
  end
  return numbers
end

-- Do the same with tickets that nobody else waits for. If there are too few, return nil and a reply that says why.
local function take_any(meta, user, count)
  if meta.aside > 0 then return choosing().take_open(meta, user, count) end
  return take(meta, count), { 'few', 0 }
end
