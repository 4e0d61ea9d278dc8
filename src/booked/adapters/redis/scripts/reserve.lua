-- Hold tickets for a user, all of them or none.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, number of tickets, time to live in ms, how many one may hold at once (0: any number),
--          cool-downs in ms as a list, or '' for none, {{first, last, …}, …}: the ranges of each type, the cheapest first,
--          none where all cost the same, {first, last, …}: the ranges of types that are not on offer,
--          {{most, {first, last, …}}, …}: how many tickets of these ranges one holds at most, how many tickets of the event
--          are known (0: let any be taken)
-- Result   {'held', deadline in ms, number, …} | {'few', available} | {'limit', limit} | {'holding', most} | {'most', most}
--          | {'closed'} | {'cooling', rounds that lapsed, ms left} | {'unknown', capacity}: there are more than are known
local user, count, ttl, most, cool_downs, types = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local withheld, maximums, known = ARGV[8], ARGV[9], ARGV[10]
local now = now_ms()

-- Tickets offered to this user are theirs already, for as long as the offer stands.
local given, deadline = {}, now + ttl
local offer = standing_offer(user, now)
if offer then
  make_deferred_writes()
  for _, number in ipairs(offer.numbers) do
    if #given < count and redis.call('ZSCORE', EXPIRY, number .. ':' .. user) then given[#given + 1] = number end
  end
  if #given == count then deadline = offer.deadline
  elseif #given > 0 then deadline = math.min(deadline, offer.deadline) end
end
local wanted = count - #given

if wanted > 0 then
  local refused = refusal(meta, user, wanted, now, most, cool_downs) or grown(meta, known)
  if refused then return refused end
  local numbers, few
  if #types == 0 and #withheld == 0 then numbers, few = take_any(meta, user, wanted)
  else
    reclaim_lapsed(meta, now)
    numbers, few = choosing().take_in_turn(meta, user, wanted, types, withheld, maximums)
  end
  if not numbers then return few end
  hold_reserved(meta, user, numbers, now + ttl)
  if #maximums > 0 then choosing().over_maximum(user, numbers, maximums, true) end
  for _, number in ipairs(numbers) do given[#given + 1] = number end
end

return { 'held', deadline, unpack(given) }
