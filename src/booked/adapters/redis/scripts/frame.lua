-- The frame of all scripts: it makes calls for one event after the other, in a cluster for one alone. Each call stands for
-- itself: one that fails fails alone. If what the calls for an event have changed cannot be written, all of that event fail.
-- The name of a file in a comment stands for its text, and the server loads the whole as one script.
--
-- A script finds its name and arguments as `ARGV`, and the meta of its event as `meta`. What it calls KEYS[1] is its event's.
--
-- KEYS     meta:{<event>} of each event
-- ARGV[1]  calls (MessagePack: for each event an array of calls, each an array of a script's name and its arguments)
-- Result   {reply or error of each call, …}; each reply is an array that begins with a word. {'cold'}: the event has to be
--          installed first
local RUN_ID = '--[[ mark of the server ]]'
--[[ prelude.lua ]]
--[[ deferred.lua ]]
--[[ lapses.lua ]]
--[[ saving.lua ]]
--[[ holds.lua ]]

local WARM = {} -- scripts that need an event which is not cold
local EVEN_COLD = {} -- scripts that look for themselves whether it is
local NEED_LITTLE = { claim = true, settle = true } -- scripts that need only FIELDS_OF_CLAIMS
local FREQUENT = { available = true, claim = true, reserve = true, settle = true }

-- The server makes every function anew in each step, so only those are made that its calls need.
local calls_of_each, called, frequent, counted = cmsgpack.unpack(ARGV[1]), {}, true, true
for _, calls in ipairs(calls_of_each) do
  for _, call in ipairs(calls) do
    called[call[1]] = true
    frequent = frequent and FREQUENT[call[1]]
    counted = counted and call[1] == 'stock'
  end
end
if frequent then
  if called.claim or called.settle then
    --[[ claims.lua ]]

    function WARM.claim(ARGV, meta) --[[ claim.lua ]] end
    function WARM.settle(ARGV, meta) --[[ settle.lua ]] end
  end
  if called.available or called.reserve then
    --[[ gaps.lua ]]
    --[[ counts.lua ]]
    --[[ taking.lua ]]
    --[[ choosing.lua ]]
    --[[ holding.lua ]]

    function EVEN_COLD.available(ARGV) --[[ available.lua ]] end
    function WARM.reserve(ARGV, meta) --[[ reserve.lua ]] end
  end
elseif counted then -- The worker counts every event on sale, again and again.
  --[[ gaps.lua ]]
  --[[ counts.lua ]]
  --[[ seldom.lua ]]

  function WARM.stock(ARGV, meta) --[[ stock.lua ]] end
else
  --[[ claims.lua ]]
  --[[ gaps.lua ]]
  --[[ counts.lua ]]
  --[[ taking.lua ]]
  --[[ choosing.lua ]]
  --[[ holding.lua ]]
  --[[ seldom.lua ]]
  --[[ releases.lua ]]
  --[[ seats.lua ]]
  --[[ groups.lua ]]
  --[[ reservations.lua ]]

  function EVEN_COLD.available(ARGV) --[[ available.lua ]] end
  function EVEN_COLD.discard(ARGV) --[[ discard.lua ]] end
  function EVEN_COLD.flip(ARGV) --[[ flip.lua ]] end
  function EVEN_COLD.funnel(ARGV) --[[ funnel.lua ]] end
  function EVEN_COLD.last_numbers(ARGV) --[[ last_numbers.lua ]] end
  function EVEN_COLD.permit_flip(ARGV) --[[ permit_flip.lua ]] end
  function EVEN_COLD.release(ARGV) --[[ release.lua ]] end
  function EVEN_COLD.reservation(ARGV) --[[ reservation.lua ]] end
  function EVEN_COLD.retire(ARGV) --[[ retire.lua ]] end

  function WARM.abandon(ARGV, meta) --[[ abandon.lua ]] end
  function WARM.answered(ARGV, meta) --[[ answered.lua ]] end
  function WARM.came_back_among(ARGV, meta) --[[ came_back_among.lua ]] end
  function WARM.claim(ARGV, meta) --[[ claim.lua ]] end
  function WARM.decline(ARGV, meta) --[[ decline.lua ]] end
  function WARM.enlarge(ARGV, meta) --[[ enlarge.lua ]] end
  function WARM.extend(ARGV, meta) --[[ extend.lua ]] end
  function WARM.free_among(ARGV, meta) --[[ free_among.lua ]] end
  function WARM.give_back(ARGV, meta) --[[ give_back.lua ]] end
  function WARM.grow(ARGV, meta) --[[ grow.lua ]] end
  function WARM.inspect(ARGV, meta) --[[ inspect.lua ]] end
  function WARM.make_reservation(ARGV, meta) --[[ make_reservation.lua ]] end
  function WARM.offer(ARGV, meta) --[[ offer.lua ]] end
  function WARM.offers(ARGV, meta) --[[ offers.lua ]] end
  function WARM.on_offer_among(ARGV, meta) --[[ on_offer_among.lua ]] end
  function WARM.reduce(ARGV, meta) --[[ reduce.lua ]] end
  function WARM.reserve(ARGV, meta) --[[ reserve.lua ]] end
  function WARM.return_surplus(ARGV, meta) --[[ return_surplus.lua ]] end
  function WARM.seat_map(ARGV, meta) --[[ seat_map.lua ]] end
  function WARM.set_demand(ARGV, meta) --[[ set_demand.lua ]] end
  function WARM.settle(ARGV, meta) --[[ settle.lua ]] end
  function WARM.shorten(ARGV, meta) --[[ shorten.lua ]] end
  function WARM.stale_claims(ARGV, meta) --[[ stale_claims.lua ]] end
  function WARM.stock(ARGV, meta) --[[ stock.lua ]] end
  function WARM.taken_among(ARGV, meta) --[[ taken_among.lua ]] end
end

-- Make the calls for one event, and write what they have changed. Return the reply or error of each.
local function make_calls(calls)
  local replies = {}
  fields = FIELDS_OF_CLAIMS
  for _, call in ipairs(calls) do
    if not NEED_LITTLE[call[1]] then fields = FIELDS end
  end
  for i, call in ipairs(calls) do
    local script = WARM[call[1]]
    local meta = script and load_meta()
    if script and not meta then
      replies[i] = { 'cold' }
    else
      if not FREQUENT[call[1]] then make_deferred_writes() end
      local done, reply = pcall(script or EVEN_COLD[call[1]], call, meta)
      replies[i] = done and reply or { err = tostring(reply) }
    end
  end
  make_deferred_writes()
  save_meta()
  return replies
end

local replies = {}
for i, calls in ipairs(calls_of_each) do
  turn_to(KEYS[i])
  local done, made = pcall(make_calls, calls) -- guard: events apart
  for n = 1, #calls do replies[#replies + 1] = done and made[n] or { err = tostring(made) } end
end
return replies
