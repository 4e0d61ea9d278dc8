-- Make no hold and no offer last longer than this from now on, a thousand at a time. Only those that were made while the
-- server's clock was ahead do.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, time in ms
-- Result   {'shortened', how many holds}: if there are any, call again
local now = now_ms()
local latest = now + ARGV[2]

local long = redis.call('ZRANGEBYSCORE', EXPIRY, '(' .. latest, '+inf', 'LIMIT', 0, 1000)
for _, member in ipairs(long) do
  local number, user = string.match(member, '^(%d+):(.*)$')
  local key = hold_key(tonumber(number))
  local _, mark = read_hold(redis.call('GET', key))
  local reservation = find_reservation(mark, now)
  if reservation and reservation.deadline > latest then
    reservation.deadline = latest
    save_reservation(reservation)
  end
  local offer = standing_offer(user, now)
  if offer and offer.deadline > latest then
    redis.call('HSET', OFFERS, user, table.concat({ offer.entry, latest, table.concat(offer.numbers, ',') }, '|'))
  end
  redis.call('ZADD', EXPIRY, latest, member)
  redis.call('PEXPIREAT', key, latest)
end
return { 'shortened', #long }
