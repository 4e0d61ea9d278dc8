-- Which of some tickets are taken. Some lapsed holds are freed first; a ticket of another one counts as held.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, number, …
-- Result   {'among', {number of a sold ticket, …}, {number of a held or claimed one, …}}
local now = now_ms()
reclaim(meta, now, A_FEW)

local taken, keys = {}, {}
for i = 2, #ARGV do
  if redis.call('GETBIT', TAKEN, ARGV[i] - 1) == 1 then
    taken[#taken + 1] = ARGV[i]
    keys[#keys + 1] = hold_key(ARGV[i])
  end
end
if #taken == 0 then return { 'among', {}, {} } end

-- A sold ticket has no hold key. One whose hold lapsed has none either, until it is freed.
local more_lapsed = redis.call('ZCOUNT', EXPIRY, '-inf', now) > 0
local sold, held = {}, {}
for i, owner in ipairs(redis.call('MGET', unpack(keys))) do
  local among = (owner or more_lapsed) and held or sold
  among[#among + 1] = taken[i]
end
return { 'among', sold, held }
