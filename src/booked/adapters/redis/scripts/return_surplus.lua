-- Give tickets that were set aside back to the public.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, number of tickets
-- Result   {'done'} | {'cold'}
local meta = load_meta()
if not meta then return { 'cold' } end
meta.aside = math.max(0, meta.aside - tonumber(ARGV[2]))
return { 'done' }
