-- The event's counts, after lapsed holds are freed: unless the step has freed so many already, of other events, that this
-- event has to wait for another one.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'stock', as stock_of says, …}
if freed < 10000 then reclaim_lapsed(meta, now_ms()) end
return { 'stock', unpack(stock_of(meta)) }
