-- How many free tickets of each group of ranges came back since tickets are set aside, after some lapsed holds are freed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, {first, last, …}, …
-- Result   {'came back', number of tickets, …}
reclaim(meta, now_ms(), A_FEW)

local reply = { 'came back' }
for i = 2, #ARGV do
  reply[i] = choosing().came_back_in(meta, ARGV[i])
end
return reply
