-- Permit one flip of the event, which may be cold. A server that is restarted has permitted nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, permit, time to live in ms, time in ms for which others wait for the flip, and an epoch, or none:
--          with it, nothing is permitted if the event is past it, or another flip is due
-- Result   {'permitted'} | {'past'} | {'due'}
local past = tonumber(ARGV[5])
if past then
  local meta = load_meta()
  if meta and meta.epoch > past then return { 'past' } end
  if redis.call('EXISTS', key_of('due')) == 1 then return { 'due' } end -- guard: one repair
end
redis.call('SET', 'permit:' .. TAG .. ':' .. ARGV[2], RUN_ID, 'PX', tonumber(ARGV[3]))
redis.call('SET', key_of('due'), '', 'PX', tonumber(ARGV[4]))
return { 'permitted' }
