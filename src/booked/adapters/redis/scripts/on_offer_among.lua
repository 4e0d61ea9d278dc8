-- How many tickets of each group of ranges the public could have, after some lapsed holds are freed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, {first, last, …}, …
-- Result   {'on offer', number of tickets, …}
reclaim(meta, now_ms(), A_FEW)

local reply, kept = { 'on offer' }, choosing().kept_of_each(meta)
for i = 2, #ARGV do
  reply[i] = choosing().on_offer_in(meta, ARGV[i], kept)
end
return reply
