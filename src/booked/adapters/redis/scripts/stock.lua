-- The event's counts, after lapsed holds are freed. Where the step has freed many already, they wait for another step and count
-- as held.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'stock', as stock_of says, …}
if freed_in_step < FREED_MOST then reclaim_lapsed(meta, now_ms()) end
return { 'stock', unpack(stock_of(meta)) }
