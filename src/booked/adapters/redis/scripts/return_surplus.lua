-- Give tickets that were set aside back to the public, if nothing has changed since the decision.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, number of tickets, epoch, tickets set aside, version of what the waitlist waits for
-- Result   {'returned'} | {'late'}
local tickets, epoch, aside, version = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
reclaim_lapsed(meta, now_ms())
if epoch ~= meta.epoch or aside ~= meta.aside or version ~= meta.waiting_version then return { 'late' } end -- guard: seen
meta.aside = math.max(0, meta.aside - tickets)
return { 'returned' }
