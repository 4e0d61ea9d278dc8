-- Give tickets that were set aside back to the public, if nothing has changed since the decision.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, number of tickets, epoch, tickets set aside, version of what the waitlist waits for,
--          {{tickets, 1 or 0, {first, last, …}}, …}: how many tickets came back of these ranges, and whether they stay
-- Result   {'returned'} | {'late'}
local tickets, epoch, aside, version = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local groups, came_back = ARGV[6], key_of('came-back')
reclaim_lapsed(meta, now_ms())
if epoch ~= meta.epoch or aside ~= meta.aside or version ~= meta.waiting_version then return { 'late' } end -- guard: seen
for _, group in ipairs(groups) do
  if choosing().came_back_in(meta, group[3]) > group[1] then return { 'late' } end -- guard: came back meanwhile
end
for _, group in ipairs(groups) do
  local _, stay_aside, ranges = unpack(group)
  for i = 1, stay_aside == 0 and #ranges or 0, 2 do
    write_bits(came_back, ranges[i], math.min(ranges[i + 1], 8 * redis.call('STRLEN', came_back)), 0)
  end
end
meta.aside = math.max(0, meta.aside - tickets)
return { 'returned' }
