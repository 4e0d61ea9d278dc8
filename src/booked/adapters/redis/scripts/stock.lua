-- The event's counts, after lapsed holds are freed. If the step has freed FREED_MOST already, the event's own stay until another
-- step, and count as held.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'stock', as stock_of says, …}
if freed_in_step < FREED_MOST then reclaim_lapsed(meta, now_ms()) end
return { 'stock', unpack(stock_of(meta)) }
