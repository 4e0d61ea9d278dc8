-- What the scripts share that look at a whole event.

-- The counts of an event as a reply: epoch, capacity, sold, held, claimed, aside, bits set, released, ticket limit,
-- opens, closes, the present in ms.
local function stock_of(meta)
  return { meta.epoch, meta.capacity, meta.sold, meta.held, meta.claimed, meta.aside, redis.call('BITCOUNT', TAKEN),
    meta.released, meta.ticket_limit, meta.opens, meta.closes, now_ms() }
end
