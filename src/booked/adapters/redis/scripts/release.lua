-- Make cancelled tickets free, once per release number. If the event is cold, or has not reached the release's epoch, the
-- release is also kept for the flip, which may have read earlier what was sold.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, epoch, release number, time in ms that it is kept for, ticket number, …
-- Result   {'released'} | {'refused'}: has come before, is in the last flip, or belongs to an earlier epoch | {'cold'}
local user, epoch, release, kept_for = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local cancelled, sold = {}, {}
for i = 6, #ARGV do
  cancelled[#cancelled + 1] = ARGV[i]
  if redis.call('EXISTS', hold_key(ARGV[i])) == 0 then sold[#sold + 1] = ARGV[i] end
end
local meta = load_meta()
if not meta or epoch > meta.epoch then keep_early(user, epoch, release, cancelled, kept_for) end
if not meta then return { 'cold' } end
if epoch < meta.epoch then return { 'refused' } end -- guard: epoch of a release
if not take_back(meta, user, release, sold) then return { 'refused' } end
return { 'released' }
