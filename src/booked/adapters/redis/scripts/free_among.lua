-- How many tickets of each group of ranges are free, after some lapsed holds are freed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, {first, last, …}, …
-- Result   {'free', number of tickets, …}
reclaim(meta, now_ms(), A_FEW)

local reply = { 'free' }
for i = 2, #ARGV do
  reply[i] = choosing().free_in(meta, ARGV[i])
end
return reply
