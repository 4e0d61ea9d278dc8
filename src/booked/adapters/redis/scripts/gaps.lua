-- The largest gaps of rows in which a party found no room. They are remembered until a seat of these rows becomes free: until
-- then no gap grows. As those for lapses, these functions are made only if they are needed.
local gaps
gaps = function()
  local ROWS_REMEMBERED = 16 -- lists of rows
  local made = {}
  gaps = function() return made end

  local function all_known()
    local record = not known_gaps and redis.call('GET', key_of('gaps'))
    known_gaps = known_gaps or record and cmsgpack.unpack(record) or {}
    return known_gaps
  end

  local function save(all)
    known_gaps = all
    local key = key_of('gaps')
    if #known_gaps > 0 then redis.call('SET', key, cmsgpack.pack(known_gaps)) else redis.call('DEL', key) end
  end

  local function digest_of(rows)
    return redis.sha1hex(cmsgpack.pack(rows))
  end

  -- Return the size of the largest gap that these rows had, and a number in the first one of that size; nil if unknown.
  function made.largest(rows)
    local digest = digest_of(rows)
    for _, gap in ipairs(all_known()) do
      if gap[1] == digest then return gap[2], gap[3] end
    end
  end

  function made.remember(rows, size, number)
    local digest, ranges = digest_of(rows), {}
    for i = 1, #rows, 4 do
      ranges[#ranges + 1] = rows[i]
      ranges[#ranges + 1] = rows[i + 1]
    end
    local kept = { { digest, size, number, ranges } }
    for _, gap in ipairs(all_known()) do
      if gap[1] ~= digest and #kept < ROWS_REMEMBERED then kept[#kept + 1] = gap end
    end
    save(kept)
  end

  -- Forget the gaps of rows with this ticket, which has become free.
  function made.forget(number)
    local kept = {}
    for _, gap in ipairs(all_known()) do
      local within, ranges = false, gap[4]
      for i = 1, #ranges, 2 do within = within or ranges[i] <= number and number <= ranges[i + 1] end
      if not within then kept[#kept + 1] = gap end
    end
    if #kept < #known_gaps then save(kept) end
  end

  function made.forget_all()
    save({})
  end

  return made
end
