-- Run calls one after the other for one event. Each stands for itself: one that fails fails alone.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     event id, calls
-- Result   {reply or error of each call, …}
local replies = {}
for i, call in ipairs(calls) do
  local done, reply = pcall(SCRIPTS[call[1]], call)
  replies[i] = done and reply or { err = tostring(reply) }
end
save_meta()
return replies
