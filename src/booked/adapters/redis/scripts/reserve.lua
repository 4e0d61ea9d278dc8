-- Hold tickets for a user, all of them or none.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id, user id, number of tickets, time to live in ms
-- Result   {'held', deadline in ms, number, …} | {'few', available} | {'limit', limit} | {'cold'}
local user, count, ttl = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local meta = load_meta()
if not meta then return { 'cold' } end
local now = now_ms()

-- Tickets offered to this user are theirs already, for as long as the offer stands.
local given, deadline = {}, now + ttl
local offer = standing_offer(user, now)
if offer then
  for _, number in ipairs(offer.numbers) do
    if #given < count and redis.call('ZSCORE', EXPIRY, number .. ':' .. user) then given[#given + 1] = number end
  end
  if #given == count then deadline = offer.deadline
  elseif #given > 0 then deadline = math.min(deadline, offer.deadline) end
end
local wanted = count - #given

if wanted > 0 then
  if over_limit(meta, user, wanted) then
    -- Holds that have lapsed do not count, so they go before anyone is refused.
    reclaim_lapsed(meta, now)
    if over_limit(meta, user, wanted) then return { 'limit', meta.ticket_limit } end
  end
  reclaim(meta, now, 100)
  if wanted > free(meta) - meta.aside then reclaim_lapsed(meta, now) end
  if wanted > free(meta) - meta.aside then return { 'few', math.max(0, free(meta) - meta.aside) } end
  local numbers = take(meta, wanted)
  if not numbers then return { 'few', 0 } end
  hold(meta, user, numbers, now + ttl)
  save_counts(meta)
  for _, number in ipairs(numbers) do given[#given + 1] = number end
end

return { 'held', deadline, unpack(given) }
