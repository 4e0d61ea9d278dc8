-- Permit one flip of the event, which may be cold. A server that is restarted has permitted nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, permit, time to live in ms, time in ms for which others wait for the flip
-- Result   {'permitted'}
redis.call('SET', 'permit:' .. TAG .. ':' .. ARGV[2], RUN_ID, 'PX', tonumber(ARGV[3]))
redis.call('SET', DUE, '', 'PX', tonumber(ARGV[4]))
return { 'permitted' }
