-- How many tickets of each group of ranges are free, after some lapsed holds are freed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, {first, last, …}, …
-- Result   {'free', number of tickets, …} | {'cold'}
local meta = load_meta()
if not meta then return { 'cold' } end
reclaim(meta, now_ms(), A_FEW)

local reply = { 'free' }
for i = 2, #ARGV do
  local count = 0
  for n = 1, #ARGV[i], 2 do
    local first, last = ARGV[i][n], math.min(ARGV[i][n + 1], meta.capacity)
    if first <= last then
      count = count + last - first + 1 - redis.call('BITCOUNT', TAKEN, first - 1, last - 1, 'BIT')
    end
  end
  reply[i] = count
end
return reply
