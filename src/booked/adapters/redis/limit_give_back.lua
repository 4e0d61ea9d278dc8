-- Take one from the count of the present window. Without any, there is no window.
--
-- KEYS[1] limit:<name>:<who>   the count; it lives as long as the window
--
-- Returns the count.

local count = tonumber(redis.call('GET', KEYS[1]) or 0)
if count > 1 then
    return redis.call('DECR', KEYS[1])
end
redis.call('DEL', KEYS[1])
return 0
