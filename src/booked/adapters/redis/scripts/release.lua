-- Make cancelled tickets free, once per release number.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, user id, epoch, release number, ticket number, …
-- Result   {'released'} | {'refused'}: has come before, is in the last flip, or belongs to another epoch | {'cold'}
local user, epoch, release = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local meta = load_meta()
if not meta then return { 'cold' } end
if epoch ~= meta.epoch or release <= meta.released then return { 'refused' } end
if redis.call('SADD', RELEASES, release) == 0 then return { 'refused' } end

-- Numbers without a gap in front of them need not be remembered one by one.
while redis.call('SREM', RELEASES, meta.released + 1) == 1 do meta.released = meta.released + 1 end

local freed = 0
for i = 5, #ARGV do
  local number = tonumber(ARGV[i])
  if redis.call('EXISTS', hold_key(number)) == 0 and redis.call('GETBIT', TAKEN, number - 1) == 1 then
    clear_bit(meta, number)
    freed = freed + 1
  end
end
meta.sold = meta.sold - freed
set_aside(meta, freed)
count_for(meta, user, -freed)
return { 'released' }
