-- Whether somebody has been permitted to flip the event, which may be cold, and is about to.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name
-- Result   {'due', 1} | {'due', 0}
return { 'due', redis.call('EXISTS', DUE) }
