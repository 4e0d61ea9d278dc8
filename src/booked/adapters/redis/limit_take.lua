-- Count one more in the present window, unless it is full.
--
-- KEYS[1] limit:<name>:<who>   the count; it lives as long as the window
-- ARGV[1] the most that a window may have
-- ARGV[2] the length of a window in ms
--
-- Returns {1 if it was counted or else 0, the count, the ms until the window ends}.

local count = tonumber(redis.call('GET', KEYS[1]) or 0)
if count >= tonumber(ARGV[1]) then return {0, count, redis.call('PTTL', KEYS[1])} end -- guard: full window
count = redis.call('INCR', KEYS[1])
if count == 1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return {1, count, redis.call('PTTL', KEYS[1])}
