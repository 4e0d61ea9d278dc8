-- Say how many tickets the waitlist waits for.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, number of tickets, version
-- Result   {'done'} | {'cold'}
local waiting, version = tonumber(ARGV[2]), tonumber(ARGV[3])
local meta = load_meta()
if not meta then return { 'cold' } end
if version > meta.waiting_version then
  meta.waiting, meta.waiting_version, meta.aside = waiting, version, math.min(meta.aside, waiting)
end
return { 'done' }
