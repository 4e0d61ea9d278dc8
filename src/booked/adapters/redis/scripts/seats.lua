-- Choosing the best seats: next to each other in a row, or in groups.
--
-- Rows are {first, last, seats in a row, type, …}: ranges of ticket numbers, the best ones first. A gap is free seats next to
-- each other in a row, between taken ones or the ends of the row.
local SEATS_A_LOOK = 512
local PASSED_OVER = 50 -- rows with room after the first one, in which a party may sit so that no single seat is left
local GAPS_OF_A_SIZE = 100 -- that are looked at for a party in groups: as many as it may have people

-- The bits of a byte as eight digits. A byte's digits are kept once they were asked for.
local DIGITS = setmetatable({}, { __index = function(known, byte)
  local bits, digits = string.byte(byte), {}
  for i = 8, 1, -1 do
    digits[i] = bits % 2
    bits = math.floor(bits / 2)
  end
  known[byte] = table.concat(digits)
  return known[byte]
end })

-- Return `count` bits from a position on as digits, 0 for a free ticket.
local function digits_from(position, count)
  local first = math.floor(position / 8)
  local bytes = redis.call('GETRANGE', TAKEN, first, math.floor((position + count - 1) / 8))
  local lead = position - first * 8
  return string.sub(string.gsub(bytes, '.', DIGITS), lead + 1, lead + count)
end

-- Call `look` with each row that has a gap of `size` seats, the best row first: its seats as digits, the number of its first
-- seat, how many rows are before it, and its type. `look` returns the size for the rows to come, nil to end. Full rows are
-- jumped over, and others are searched as text, some at a time.
local function each_row(meta, blocks, size, look)
  local gap, before = string.rep('0', size), 0
  for i = 1, #blocks, 4 do
    local first, behind, length = blocks[i] - 1, math.min(blocks[i + 1], meta.capacity), blocks[i + 2]
    local looked_at = math.max(1, math.floor(SEATS_A_LOOK / length)) * length
    local position = first
    while position < behind and size <= length do
      local free = redis.call('BITPOS', TAKEN, 0, position, behind - 1, 'BIT')
      if free < 0 then break end
      position = free - (free - first) % length
      local rows = digits_from(position, math.min(looked_at, behind - position))
      local found = string.find(rows, gap, 1, true)
      while found do
        local row = found - (found - 1) % length
        if found + size <= row + length then -- it does not go on into the next row
          local number = position + row
          size = look(string.sub(rows, row, row + length - 1), number, before + (number - 1 - first) / length, blocks[i + 3])
          if not size then return end
          gap = string.rep('0', size)
        end
        found = string.find(rows, gap, row + length, true)
      end
      position = position + looked_at
    end
    before = before + math.ceil((blocks[i + 1] - first) / length)
  end
end

-- Return the number of the first of free seats next to each other: in the best row in which no single seat is left beside them,
-- and there in the tightest gap. If no row of the type has such a gap, it is in the best row with room. Nil if no gap is large
-- enough, and the size of the largest one.
local function first_together(meta, count, blocks)
  local largest, rows, first, single, type = 0, 0
  each_row(meta, blocks, 1, function(row, number, _, type_of_row)
    if single and type_of_row ~= type then return nil end
    local tightest
    for from, to in string.gmatch(row, '()0+()') do
      local size = to - from
      largest = math.max(largest, size)
      if size == count + 1 then
        single, type = single or number + from - 1, type_of_row
      elseif size >= count and (not tightest or size < tightest) then
        tightest, first = size, number + from - 1
      end
    end
    if single then rows = rows + 1 end
    return not first and rows <= PASSED_OVER and math.min(largest + 1, count) or nil
  end)
  return first or single, largest
end

-- Return the first gaps of each size, the best ones first, and how many there are of each size.
local function first_gaps(meta, blocks)
  local gaps, of_size, wanted = {}, {}, 1
  each_row(meta, blocks, 1, function(row, number, row_index)
    for from, to in string.gmatch(row, '()0+()') do
      local size = to - from
      local known = of_size[size] or 0
      if known < GAPS_OF_A_SIZE then
        gaps[#gaps + 1] = { order = #gaps, number = number + from - 1, size = size, row = row_index }
        of_size[size] = known + 1
      end
    end
    while of_size[wanted] == GAPS_OF_A_SIZE do wanted = wanted + 1 end
    return wanted
  end)
  return gaps, of_size
end

-- Return how many seats the largest gaps have, and how many gaps that are: as many as `groups`, or as are enough for `count`
-- seats. `of_size` has how many gaps there are of each size.
local function seats_in_largest(of_size, largest, groups, count)
  local seats, used = 0, 0
  for size = largest, 1, -1 do
    for _ = 1, of_size[size] or 0 do
      if used == groups or seats >= count then return seats, used end
      seats, used = seats + size, used + 1
    end
  end
  return seats, used
end

-- Return the gaps from one to another, of as few rows as possible, in which a party can sit in `groups` groups.
local function nearest_gaps(gaps, largest, groups, count)
  local of_size, from, first, last, rows = {}, 1
  for to, gap in ipairs(gaps) do
    of_size[gap.size] = (of_size[gap.size] or 0) + 1
    local start = from
    while seats_in_largest(of_size, largest, groups, count) >= count do
      of_size[gaps[from].size] = of_size[gaps[from].size] - 1
      from = from + 1
    end
    -- The last gap that was left out is needed.
    if from > start and (not rows or gap.row - gaps[from - 1].row < rows) then
      first, last, rows = from - 1, to, gap.row - gaps[from - 1].row
    end
  end
  return { unpack(gaps, first, last) }
end

-- Return free seats for a party that fits in no row: in as few groups as possible, with nobody alone if that can be, and near
-- each other. `largest` is the size of the largest gap.
local function seats_in_groups(meta, count, largest, blocks)
  local gaps, of_size = first_gaps(meta, blocks)
  local _, groups = seats_in_largest(of_size, largest, count, count)
  local smallest = count - seats_in_largest(of_size, largest, groups - 1, count) -- that is enough beside the largest
  if smallest == 1 and count >= 2 * groups and #gaps - (of_size[1] or 0) >= groups then smallest = 2 end -- nobody is alone
  local useful = {}
  for _, gap in ipairs(gaps) do
    if gap.size >= smallest then useful[#useful + 1] = gap end
  end
  local near = nearest_gaps(useful, largest, groups, count)
  table.sort(near, function(one, other)
    return one.size > other.size or one.size == other.size and one.order < other.order
  end)

  local left_over = -count
  for i = 1, groups do left_over = left_over + near[i].size end
  -- Fewer seats are left over than any gap has, or a group less would do. In one gap they are of more use.
  near[1].size = near[1].size - left_over
  if near[1].size == 1 and near[2].size > 2 then
    near[1].size, near[2].size = 2, near[2].size - 1
  end
  local numbers = {}
  for i = 1, groups do
    for n = 0, near[i].size - 1 do numbers[#numbers + 1] = near[i].number + n end
  end
  return numbers
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
  local available = free_in(meta, ranges)
  if available < count then return nil, { 'few', available } end
  if in_groups then return seats_in_groups(meta, count, largest, blocks) end
  return nil, { 'apart', largest }
end
