-- Everything about an event's tickets at one moment, for audits. Lapsed holds are freed first.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'inspection', stock as stock_of says, bitmap, {<number>:<user>, …}, {number of a claimed ticket, …}}
reclaim_lapsed(meta, now_ms())

local claimed = {}
for _, record in ipairs(redis.call('HVALS', CLAIMS)) do
  for _, number in ipairs(read_claim(record).numbers) do claimed[#claimed + 1] = number end
end
return {
  'inspection',
  stock_of(meta),
  redis.call('GET', TAKEN) or '',
  redis.call('ZRANGE', EXPIRY, 0, -1),
  claimed,
}
