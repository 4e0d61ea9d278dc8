-- What scripts share that are seldom called: how many lapsed holds they free, and the counts of an event.

-- How many lapsed holds a look frees: it must take no longer because many lapsed at once.
local A_FEW = 25

-- Make the bits of the tickets with these numbers, `first` to `last`, 0 or 1.
local function write_bits(key, first, last, bit)
  local position = first - 1
  while position < last do
    local bytes = position % 8 == 0 and math.floor((last - position) / 8) or 0
    if bytes > 0 then
      redis.call('SETRANGE', key, position / 8, string.rep(string.char(255 * bit), bytes))
      position = position + 8 * bytes
    else
      redis.call('SETBIT', key, position, bit)
      position = position + 1
    end
  end
end

-- The counts of an event as a reply: epoch, capacity, sold, held, claimed, aside, bits set, released, ticket limit,
-- opens, closes, the present in ms.
local function stock_of(meta)
  return { meta.epoch, meta.capacity, meta.sold, meta.held, meta.claimed, meta.aside, redis.call('BITCOUNT', TAKEN),
    meta.released, meta.ticket_limit, meta.opens, meta.closes, now_ms() }
end
