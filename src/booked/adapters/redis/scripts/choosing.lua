-- Taking free tickets of certain ranges of numbers, and counting them. These functions are made only if a call needs them,
-- like those of lapses.lua.
choosing = function()
  local LIMITED_KEPT_FOR = 86400000 -- ms; nothing is held for longer
  local made = {}
  choosing = function() return made end

  -- Return the lowest free numbers in these ranges: `count` of them, or all if there are fewer.
  function made.lowest_free(meta, count, ranges)
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

  -- Return how many tickets there are in these ranges, and how many bits of theirs are set.
  local function count_bits(meta, key, ranges)
    local tickets, bits = 0, 0
    for i = 1, #ranges, 2 do
      local first, last = ranges[i], math.min(ranges[i + 1], meta.capacity)
      if first <= last then
        tickets, bits = tickets + last - first + 1, bits + redis.call('BITCOUNT', key, first - 1, last - 1, 'BIT')
      end
    end
    return tickets, bits
  end

  -- Return how many tickets in these ranges are free.
  function made.free_in(meta, ranges)
    local tickets, taken = count_bits(meta, TAKEN, ranges)
    return tickets - taken
  end

  -- Return how many free tickets in these ranges came back since tickets are set aside.
  function made.came_back_in(meta, ranges)
    if meta.aside == 0 then return 0 end
    local _, came_back = count_bits(meta, key_of('came-back'), ranges)
    return came_back
  end

  -- Return the lowest numbers of those tickets: `count` of them, or all if there are fewer.
  function made.lowest_come_back(meta, count, ranges)
    local numbers = {}
    if meta.aside == 0 then return numbers end
    for i = 1, #ranges, 2 do
      local position, last = ranges[i] - 1, math.min(ranges[i + 1], meta.capacity) - 1
      while #numbers < count and position <= last do
        position = redis.call('BITPOS', key_of('came-back'), 1, position, last, 'BIT')
        if position < 0 then break end
        -- An older version of these scripts takes tickets without clearing their bits here.
        local is_taken = redis.call('GETBIT', TAKEN, position) == 1
        if is_taken then redis.call('SETBIT', key_of('came-back'), position, 0) else numbers[#numbers + 1] = position + 1 end
        position = position + 1
      end
    end
    return numbers
  end

  -- Return what parties wait for that can only be given tickets of certain ranges, where any are set aside for them:
  -- {{tickets set aside, {first, last, …}}, …}.
  function made.kept_of_each(meta)
    local record, kept = meta.aside > 0 and redis.call('GET', key_of('wanted')), {}
    for i, wanted in ipairs(record and cmsgpack.unpack(record) or {}) do
      local tickets, ranges = unpack(wanted)
      kept[i] = { math.min(tickets, meta.aside, made.came_back_in(meta, ranges)), ranges }
    end
    return kept
  end

  -- Return the ranges in which a user cannot have this many tickets: what came back of them is set aside for parties that wait
  -- for these ranges.
  function made.kept_ranges(meta, user, count)
    local kept = {}
    if user == HOUSE then return kept end
    for _, of_one in ipairs(made.kept_of_each(meta)) do
      local aside, ranges = unpack(of_one)
      if made.free_in(meta, ranges) - aside < count then
        for i = 1, #ranges, 2 do kept[#kept + 1] = { ranges[i], ranges[i + 1] } end -- guard: wanted
      end
    end
    table.sort(kept, function(one, other) return one[1] < other[1] end)
    return kept
  end

  -- Return the ranges of numbers that are in ranges of both.
  local function common(ranges, others)
    local found = {}
    for i = 1, #ranges, 2 do
      for j = 1, #others, 2 do
        local first, last = math.max(ranges[i], others[j]), math.min(ranges[i + 1], others[j + 1])
        if first <= last then
          found[#found + 1] = first
          found[#found + 1] = last
        end
      end
    end
    return found
  end

  -- Return how many tickets in these ranges the public could have. `kept` is as `kept_of_each` returns it.
  function made.on_offer_in(meta, ranges, kept)
    local count = made.free_in(meta, ranges)
    for _, of_one in ipairs(kept) do
      local aside, others = unpack(of_one)
      local elsewhere = made.free_in(meta, others) - made.free_in(meta, common(ranges, others))
      count = count - math.max(0, aside - elsewhere)
    end
    return math.max(0, math.min(count, free(meta) - meta.aside))
  end

  -- Return the ranges between those that are kept.
  local function open_ranges(meta, kept)
    local open, first = {}, 1
    for _, range in ipairs(kept) do
      if first < range[1] then
        open[#open + 1] = first
        open[#open + 1] = range[1] - 1
      end
      first = math.max(first, range[2] + 1)
    end
    if first <= meta.capacity then
      open[#open + 1] = first
      open[#open + 1] = meta.capacity
    end
    return open
  end

  -- Return whether any of these numbers is in one of the ranges that are kept.
  function made.any_within(numbers, kept)
    for _, number in ipairs(numbers) do
      for _, range in ipairs(kept) do
        if range[1] <= number and number <= range[2] then return true end
      end
    end
    return false
  end

  -- Return how many of these numbers are in these ranges, {first, last, …}.
  function made.count_within(numbers, ranges)
    local count = 0
    for _, number in ipairs(numbers) do
      for i = 1, #ranges, 2 do
        if ranges[i] <= number and number <= ranges[i + 1] then count = count + 1 end
      end
    end
    return count
  end

  -- Return why a user cannot hold these tickets too, as a reply; nil if there is no reason. `maximums` are
  -- {{most, {first, last, …}}, …}. What the user holds of these ranges is remembered once tickets are `taken`; it is left out
  -- when it is not held any more.
  function made.over_maximum(user, numbers, maximums, taken)
    if #maximums == 0 or user == HOUSE then return nil end
    local key, held, known = 'limited:' .. TAG .. ':' .. user, {}, {}
    for _, number in ipairs(numbers_in(redis.call('GET', key) or '')) do
      known[number] = read_hold(redis.call('GET', hold_key(number))) == user
      if known[number] then held[#held + 1] = number end
    end
    for _, maximum in ipairs(maximums) do
      local most, ranges = unpack(maximum)
      local more = made.count_within(numbers, ranges)
      if not taken and more > 0 and made.count_within(held, ranges) + more > most then return { 'most', most } end
      for _, number in ipairs(taken and numbers or {}) do
        if not known[number] and made.count_within({ number }, ranges) > 0 then held[#held + 1] = number end
      end
    end
    if taken and #held > 0 then redis.call('SET', key, table.concat(held, ','), 'PX', LIMITED_KEPT_FOR) end
  end

  function made.mark_taken(numbers)
    for _, number in ipairs(numbers) do redis.call('SETBIT', TAKEN, number - 1, 1) end
    return numbers
  end

  -- Set the bits of the lowest free tickets in these ranges. Return their numbers: all of them, or nil and why not, as a reply.
  function made.take_in(meta, count, ranges)
    local numbers = made.lowest_free(meta, count, ranges)
    if #numbers < count then return nil, { 'few', #numbers } end
    return made.mark_taken(numbers)
  end

  -- Do the same, but take those that came back before others.
  function made.take_aside(meta, count, ranges)
    local numbers, chosen = made.lowest_come_back(meta, count, ranges), {}
    for _, number in ipairs(numbers) do chosen[number] = true end
    for _, number in ipairs(made.lowest_free(meta, count, ranges)) do
      if #numbers < count and not chosen[number] then numbers[#numbers + 1] = number end
    end
    if #numbers < count then return nil, { 'few', #numbers } end
    table.sort(numbers)
    return made.mark_taken(numbers)
  end

  -- Do the same with any tickets that nobody else waits for.
  function made.take_open(meta, user, count)
    local kept = made.kept_ranges(meta, user, count)
    if #kept > 0 then return made.take_in(meta, count, open_ranges(meta, kept)) end
    return take(meta, count), { 'few', 0 }
  end

  -- Do the same with tickets of the first of these lists of ranges with enough of them, or else of several lists, the first
  -- ones first. Tickets in none of them come last. Those of the withheld ranges, {first, last, …}, come not at all, or all
  -- from one list.
  function made.take_in_turn(meta, user, count, lists, withheld, maximums)
    local kept, too_many = made.kept_ranges(meta, user, count), nil
    for _, ranges in ipairs(lists) do
      local numbers = made.lowest_free(meta, count, ranges)
      local found = #numbers == count and not made.any_within(numbers, kept)
      local over = found and made.over_maximum(user, numbers, maximums)
      too_many = over or too_many
      if found and not over then return made.mark_taken(numbers) end -- guard: one type
    end
    for i = 1, #withheld, 2 do kept[#kept + 1] = { withheld[i], withheld[i + 1] } end
    table.sort(kept, function(one, other) return one[1] < other[1] end)
    lists[#lists + 1] = open_ranges(meta, kept)
    local taken = {}
    for _, ranges in ipairs(lists) do
      local numbers = made.lowest_free(meta, count - #taken, ranges)
      if not made.any_within(numbers, kept) then
        for _, number in ipairs(made.mark_taken(numbers)) do taken[#taken + 1] = number end
      end
    end
    if #taken == count then return taken end
    for _, number in ipairs(taken) do clear_bit(meta, number) end -- guard: all or none
    return nil, too_many or { 'few', #taken }
  end

  return made
end
