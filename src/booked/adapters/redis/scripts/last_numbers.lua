-- The tickets that a reservation had when it was made or last changed, held or not. Writes nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, mark, user id
-- Result   {'had', number, …}: none where the user has no such reservation
local mark, user = ARGV[2], ARGV[3]
local record = redis.call('GET', reservation_key(mark)) or ''
local owner, of, list = string.match(record, '^(.-)|(.-)|%d*|%d+|%d+|%d+|([%d,]*)')
if owner ~= user or of ~= generation() then return { 'had' } end
return { 'had', unpack(numbers_in(list)) }
