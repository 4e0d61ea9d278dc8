-- Which tickets of a range are taken, and how many of the event are free. Some lapsed holds are freed first.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, first and last number
-- Result   {'map', capacity, free, set aside, {{first, last}, …}: ranges of which the public can have none, part of the bitmap:
--          from the byte that has the first number's bit on}
local first, last = ARGV[2], ARGV[3]
reclaim(meta, now_ms(), A_FEW)
last = math.min(last, meta.capacity)
local part = first > last and '' or
  redis.call('GETRANGE', TAKEN, math.floor((first - 1) / 8), math.floor((last - 1) / 8))
return { 'map', meta.capacity, free(meta), meta.aside, choosing().kept_ranges(meta, '', 1), part }
