-- The event's counts, after lapsed holds are freed.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'stock', as stock_of says, …}
reclaim_lapsed(meta, now_ms())
return { 'stock', unpack(stock_of(meta)) }
