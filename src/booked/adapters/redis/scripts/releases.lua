-- What the scripts share that hear of cancelled tickets.

-- Make sold tickets free that were cancelled; whether this release had not done so before.
local function take_back(meta, user, release, numbers)
  if release <= meta.released or redis.call('SADD', key_of('releases'), release) == 0 then return false end -- guard: release once

  -- Numbers without a gap in front of them need not be remembered one by one.
  while redis.call('SREM', key_of('releases'), meta.released + 1) == 1 do meta.released = meta.released + 1 end

  local freed = {}
  for _, number in ipairs(numbers) do
    if redis.call('GETBIT', TAKEN, number - 1) == 1 then
      clear_bit(meta, number)
      freed[#freed + 1] = number
    end
  end
  meta.sold = meta.sold - #freed
  set_aside(meta, #freed, freed)
  count_for(meta, user, -#freed)
  return true
end

-- Keep a release for the flip to its epoch, which may have read before what was sold.
local function keep_early(user, epoch, release, numbers, kept_for)
  redis.call('HSET', key_of('early'), release, table.concat({ epoch, user, table.concat(numbers, ',') }, '|'))
  redis.call('PEXPIRE', key_of('early'), kept_for)
end

-- Take back what was kept for the epoch that a flip installs, or a later one. The later ones stay for their own flip.
local function take_back_early(meta)
  local kept = redis.call('HGETALL', key_of('early'))
  for i = 1, #kept, 2 do
    local epoch, user, list = string.match(kept[i + 1], '^(%d+)|(.-)|(.*)$')
    if tonumber(epoch) >= meta.epoch then take_back(meta, user, tonumber(kept[i]), numbers_in(list)) end -- guard: early release
    if tonumber(epoch) <= meta.epoch then redis.call('HDEL', key_of('early'), kept[i]) end
  end
end
