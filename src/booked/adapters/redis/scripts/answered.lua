-- The reservation that an earlier request with a key was about, as it is now. Writes nothing.
--
-- KEYS[1]  meta:{<event>}
-- ARGV     its name, <caller>:<idempotency key>, its fingerprint in hexadecimal
-- Result   the reservation | {'new'}: there was no such request | {'reused'}: the key came with another fingerprint
local key, fingerprint = ARGV[2], ARGV[3]
return answered_before(key, fingerprint, now_ms()) or { 'new' }
