-- Permit one flip of the event, which may be cold. A server that is restarted has permitted nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id, permit, time to live in ms
-- Result   {'permitted'}
redis.call('SET', permit_key(ARGV[2]), RUN_ID, 'PX', tonumber(ARGV[3]))
return { 'permitted' }
