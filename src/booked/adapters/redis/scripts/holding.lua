-- Holding tickets whose bits are set.

-- Write holds on tickets whose bits are set. `value` is the value of the hold keys, by default the user.
local function hold(meta, user, numbers, deadline, value)
  for _, number in ipairs(numbers) do
    redis.call('SET', hold_key(number), value or user, 'PXAT', deadline)
    write_later(number, 'ZADD', deadline, number .. ':' .. user)
  end
  if meta.aside > 0 then
    for _, number in ipairs(numbers) do redis.call('SETBIT', key_of('came-back'), number - 1, 0) end
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
