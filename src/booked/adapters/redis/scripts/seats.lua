-- Looking for free seats row by row, and for those next to each other.
--
-- Rows are {first, last, seats in a row, type, …}: ranges of ticket numbers, the best ones first. A gap is free seats next to
-- each other in a row, between taken ones or the ends of the row.
local SEATS_A_LOOK = 512
local PASSED_OVER = 50 -- rows with room after the first one, in which a party may sit so that no single seat is left

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

-- Call `look` with each row that has gaps of `size` seats, the best row first: with these gaps, how many rows are before it,
-- and its type. `look` returns the size for the rows to come, nil to end. Full rows are jumped over, and others are searched as
-- text, some at a time. With `from`, the number of a seat, rows before that of the seat are left out.
local function each_row(meta, blocks, size, look, from)
  local sought, before = string.rep('0', size), 0
  for i = 1, #blocks, 4 do
    local first, behind, length = blocks[i] - 1, math.min(blocks[i + 1], meta.capacity), blocks[i + 2]
    local looked_at = math.max(1, math.floor(SEATS_A_LOOK / length)) * length
    local position = first
    if from and from > first and from <= behind then
      position, from = from - 1 - (from - 1 - first) % length, nil
    elseif from then
      position = behind
    end
    while position < behind and size <= length do
      local free = redis.call('BITPOS', TAKEN, 0, position, behind - 1, 'BIT')
      if free < 0 then break end
      position = free - (free - first) % length
      local text = digits_from(position, math.min(looked_at, behind - position))
      local found = string.find(text, sought, 1, true)
      while found do
        local row_end, gaps = found - (found - 1) % length + length, {}
        while found and found < row_end do
          local to = math.min(string.find(text, '1', found, true) or #text + 1, row_end)
          if to - found >= size then gaps[#gaps + 1] = { number = position + found, size = to - found } end
          found = string.find(text, sought, to, true)
        end
        if #gaps > 0 then
          size = look(gaps, before + (position + row_end - 1 - first) / length, blocks[i + 3])
          if not size then return end
          if size ~= #sought then
            sought = string.rep('0', size)
            found = string.find(text, sought, row_end, true)
          end
        end
      end
      position = position + looked_at
    end
    before = before + math.ceil((blocks[i + 1] - first) / length)
  end
end

-- Return the size of the largest gap of these rows if it is known that a party of `count` finds no room in them.
local function no_room(meta, count, blocks)
  local size, number = gaps().largest(blocks)
  if not size or size >= count then return nil end
  -- Gaps of that size may have been taken meanwhile. Rows before the first one had smaller ones then.
  local still
  each_row(meta, blocks, size, function(found)
    still = found[1].number
    return nil
  end, number)
  if still and still ~= number then gaps().remember(blocks, size, still) end
  return still and size
end

-- Return the number of the first of free seats next to each other: in the best row in which no single seat is left beside them,
-- and there in the tightest gap. If no row of the type has such a gap, it is in the best row with room. Nil if no gap is large
-- enough, and the size of the largest one.
local function first_together(meta, count, blocks)
  local known = no_room(meta, count, blocks)
  if known then return nil, known end
  local largest, rows, first, single, type, largest_at = 0, 0
  each_row(meta, blocks, 1, function(gaps, _, type_of_row)
    if single and type_of_row ~= type then return nil end
    local tightest
    for _, gap in ipairs(gaps) do
      if gap.size > largest then largest, largest_at = gap.size, gap.number end
      if gap.size == count + 1 then
        single, type = single or gap.number, type_of_row
      elseif gap.size >= count and (not tightest or gap.size < tightest) then
        tightest, first = gap.size, gap.number
      end
    end
    if single then rows = rows + 1 end
    return not first and rows <= PASSED_OVER and math.min(largest + 1, count) or nil
  end)
  if largest_at and not first and not single then gaps().remember(blocks, largest, largest_at) end
  return first or single, largest
end
