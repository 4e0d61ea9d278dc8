-- Seats for a party that fits in no row. The functions inside are made only if there is one: functions cost each step time.

-- Return free seats for a party that fits in no row: in as few groups as possible, with nobody alone if that can be, and near
-- each other. `largest` is the size of the largest gap.
local function seats_in_groups(meta, count, largest, blocks)
  local GAPS_OF_A_SIZE = 20 -- that are looked at; more where the party cannot sit in so many

  -- Return the first gaps of each size, the best ones first, and how many there are of each size: enough for `count` seats, if
  -- there are as many.
  local function first_gaps()
    local first, of_size, wanted = {}, {}, 1
    local function enough(size)
      local known = of_size[size] or 0
      return known >= GAPS_OF_A_SIZE and known * size >= count
    end
    each_row(meta, blocks, 1, function(gaps, row)
      for _, gap in ipairs(gaps) do
        if not enough(gap.size) then
          gap.row, gap.order = row, #first
          first[#first + 1] = gap
          of_size[gap.size] = (of_size[gap.size] or 0) + 1
        end
      end
      while enough(wanted) do wanted = wanted + 1 end
      return wanted
    end)
    return first, of_size
  end

  -- Return how many seats the largest gaps have, and how many gaps that are: as many as `groups`, or as have `enough`
  -- seats. `of_size` has how many gaps there are of each size.
  local function seats_in_largest(of_size, groups, enough)
    local seats, used = 0, 0
    for size = largest, 1, -1 do
      for _ = 1, of_size[size] or 0 do
        if used == groups or seats >= enough then return seats, used end
        seats, used = seats + size, used + 1
      end
    end
    return seats, used
  end

  -- Return the gaps from one to another, of as few rows as possible, in which a party can sit in `groups` groups.
  local function nearest_gaps(gaps, groups)
    local of_size, from, first, last, rows = {}, 1
    for to, gap in ipairs(gaps) do
      of_size[gap.size] = (of_size[gap.size] or 0) + 1
      local start = from
      while seats_in_largest(of_size, groups, count) >= count do
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

  local gaps, of_size = first_gaps()
  local _, groups = seats_in_largest(of_size, count, count)
  local smallest = count - seats_in_largest(of_size, groups - 1, count) -- that is enough beside the largest
  if smallest == 1 and count >= 2 * groups and #gaps - (of_size[1] or 0) >= groups then smallest = 2 end -- nobody is alone
  local useful = {}
  for _, gap in ipairs(gaps) do
    if gap.size >= smallest then useful[#useful + 1] = gap end
  end
  local near = nearest_gaps(useful, groups)
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
