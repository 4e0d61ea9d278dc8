-- Writes about tickets and claims that are deferred to the end of the step: one command makes many of them. A script that reads
-- such a ticket or claim has them made first. None of them is about a hold that has lapsed.

local function make_deferred_writes()
  if not deferred then return end
  local made = deferred
  deferred = nil
  -- A server whose memory is full refuses a write unless one before it freed some: what is held can still be booked.
  if made.ZREM then redis.call('ZREM', EXPIRY, unpack(made.ZREM)) end
  if made.DEL then redis.call('DEL', unpack(made.DEL)) end
  if made.HDEL then redis.call('HDEL', CLAIMS, unpack(made.HDEL)) end
  if made.ZADD then redis.call('ZADD', EXPIRY, unpack(made.ZADD)) end
  if made.MSET then redis.call('MSET', unpack(made.MSET)) end
  if made.HSET then redis.call('HSET', CLAIMS, unpack(made.HSET)) end
end

-- Defer a write about a ticket or claim: one argument of its command, or two.
local function write_later(about, command, first, second)
  if deferred and deferred[command] and #deferred[command] >= ARGUMENTS_MOST then make_deferred_writes() end
  if not deferred then deferred, concerned = {}, {} end
  local arguments = deferred[command] or {}
  deferred[command], concerned[about] = arguments, true
  arguments[#arguments + 1] = first
  arguments[#arguments + 1] = second
end

-- Make the deferred writes if one of them is about this ticket or claim.
local function before_reading(about)
  if deferred and concerned[about] then make_deferred_writes() end -- guard: deferred writes
end
