-- What scripts share that are seldom called: how many lapsed holds they free, and the counts of an event.

-- How many lapsed holds a look frees: it must take no longer because many lapsed at once.
local A_FEW = 25

-- The counts of an event as a reply: epoch, capacity, sold, held, claimed, aside, bits set, released, ticket limit,
-- opens, closes, the present in ms.
local function stock_of(meta)
  return { meta.epoch, meta.capacity, meta.sold, meta.held, meta.claimed, meta.aside, redis.call('BITCOUNT', TAKEN),
    meta.released, meta.ticket_limit, meta.opens, meta.closes, now_ms() }
end
