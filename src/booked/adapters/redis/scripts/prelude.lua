-- What all scripts share: the keys of an event, its meta, and what changes until the meta is saved.
--
-- frame.lua defines RUN_ID above this: the run id and the replication id of the server that the text is loaded on. A
-- restarted server does not know the text, and an event is cold if its meta names another run.
--
-- KEYS[1]  meta:{<event>}    hash: run, epoch, capacity, ticket_limit (0: none), opens and closes (ms, 0: any time),
--                            sold, held, claimed, released, aside (free tickets kept for the waitlist), waiting (tickets it
--                            waits for), waiting_version, hint (all bits before it are set),
--                            generation (random; new after a discard, which forgets all reservations),
--                            repaired (time of the last flip, ms; what had lapsed by then does not count as a round)
--
-- Other keys, all in the event's hash slot:
--   taken:{<event>}           bitmap: bit number - 1 is set for a ticket that is held, claimed or sold
--   hold:{<event>}:<ticket>   <user> of a held ticket, <user>|<mark> of one that is part of a reservation; claimed it
--                             is <user>|<mark or ''>|<booking id>
--   expiry:{<event>}          sorted set of held tickets: <number>:<user> by deadline in ms
--   claims:{<event>}          hash: booking id -> <user>|<claimed at, ms>|<waitlist entry>|<ticket>,…|<terms> where a ticket
--                             is <number>:<deadline>:<when its reservation was made, ms; 0: it was held alone>
--   offers:{<event>}          hash: user -> <waitlist entry>|<deadline>|<number>,…
--   served:{<event>}          hash: user -> version of the waitlist entry that an offer was made to last
--   wanted:{<event>}          MessagePack: {{tickets, {first, last, …}}, …}: how many tickets the waitlist waits for in which
--                             ranges of numbers, besides those of any number
--   came-back:{<event>}       bitmap, as long as tickets are set aside: bit number - 1 is set for a free ticket that came back
--                             since then, or that may have done before a flip
--   gaps:{<event>}            MessagePack: {{digest, largest, number, {first, last, …}}, …}: rows, by their digest and their
--                             ranges of numbers, without a larger gap than this one, as seats.lua says
--   counts:{<event>}          hash: user -> tickets held, claimed and owned; only where there is a ticket limit, and
--                             never of the house
--   holders:{<event>}         hash: user -> tickets held and claimed, and LAPSED more where there is a record of lapses;
--                             never of the house
--   lapses:{<event>}:<user>   <epoch>|<rounds>|<lapsed at, ms>|<seen up to, ms> of a user who let reservations lapse: how many
--                             in a row, when the last one did, and the deadline up to which they are counted, booked or
--                             excused; kept for a day, and void in another epoch
--   limited:{<event>}:<user>  <number>,…: tickets of types with a limit that a user reserved lately; those count that are
--                             held or claimed still
--   reservation:{<event>}:<mark>  <user>|<generation>|<type or ''>|<made at, ms>|<deadline, ms>|<extensions>|<number>,…|
--                             <SHA-1 of a request's key>,…
--   once:{<event>}:<digest>   <fingerprint, hexadecimal>|<mark>|<the reservation that was made>; the digest is the
--                             SHA-1 of <caller>:<key>
--   funnel:{<event>}          hash: booked, lapsed, given_back: what became of tickets that people reserved; house:
--                             how many tickets the house holds or has claimed
--   releases:{<event>}        set of release numbers that came before an earlier one did
--   early:{<event>}           hash: release number -> <epoch>|<user>|<ticket>,… of releases that came before the flip to
--                             their epoch
--   due:{<event>}             there while a flip that was just permitted is still to come
--   permit:{<event>}:<permit> run id: a flip is permitted, unless the server was restarted since
--   discarded:{<event>}       the epoch up to which the event was discarded; it outlives every earlier permit
--
-- The house, a user whose id is the event's, keeps tickets from sale. Neither limits nor the sales window bind it, and
-- what it holds is not counted as reserved.
local LAPSED = 4294967296 -- more than any event has tickets
local ARGUMENTS_MOST = 1000 -- of one command

-- What belongs to the present event. `turn_to` sets all of it, so that calls for an event see nothing of another.
local EVENT, HOUSE, TAG, HOLD_KEY
local META, TAKEN, EXPIRY, CLAIMS, OFFERS, HOLDERS -- the keys that most steps use; `key_of` makes others in their place
local loaded, stored -- the meta and the values it was made of; nil before a call asks for it
local tallies, holding, held_before -- as `tally`, `hold_more` and `held_when_saved` say
local booked -- by user, the latest deadline of the tickets that were booked since the meta was saved
-- The arguments of each deferred command, and the ticket numbers and booking ids that they are about; nil if there are none.
local deferred, concerned
local offers_exist -- whether anybody has an offer; nil before a call asks
local drained -- whether it is known that no holds have lapsed
local known_gaps -- those in the key `gaps`; nil before a call asks

-- Return the event's key with this name.
local function key_of(name)
  return name .. ':' .. TAG
end

-- Make the event with this meta key the present one.
local function turn_to(meta_key)
  META, TAG = meta_key, string.sub(meta_key, #'meta:' + 1)
  EVENT = string.sub(TAG, 2, -2)
  HOUSE, HOLD_KEY = EVENT, 'hold:' .. TAG .. ':' .. string.sub(EVENT, 1, 28) .. '%08x'
  TAKEN, EXPIRY, CLAIMS = key_of('taken'), key_of('expiry'), key_of('claims')
  OFFERS, HOLDERS = key_of('offers'), key_of('holders')
  loaded, stored, deferred, concerned, offers_exist, known_gaps = nil -- guard: nothing of another event
  tallies, holding, held_before, booked, drained = {}, {}, {}, {}, false
end

local function hold_key(number)
  return string.format(HOLD_KEY, number)
end

-- Return the time in ms. It stands still during a step, so it is asked for once.
local moment
local function now_ms()
  if not moment then
    local time = redis.call('TIME')
    moment = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return moment
end

local FIELDS = { 'epoch', 'capacity', 'ticket_limit', 'opens', 'closes', 'sold', 'held', 'claimed', 'released', 'aside',
  'waiting', 'waiting_version', 'hint' }
local FIELDS_OF_CLAIMS = { 'epoch', 'sold', 'held', 'claimed' }
local fields -- those of the meta that the present event's calls need: each takes time

-- Return these fields of an event's meta, and the values they were made of; nil if the event is cold.
local function read_meta(key, needed)
  local values, meta = redis.call('HMGET', key, 'run', unpack(needed)), {}
  if values[1] ~= RUN_ID then return nil end
  for i, field in ipairs(needed) do
    values[i + 1] = tonumber(values[i + 1])
    meta[field] = values[i + 1]
  end
  return meta, values
end

-- Return the event's meta, or nil if it is cold. All its calls of a step share it, and may change it.
local function load_meta()
  if not loaded then loaded, stored = read_meta(META, fields) end
  return loaded
end

-- Count what becomes of reserved tickets until the meta is saved. Tickets of the house only leave it.
local function tally(user, what, tickets)
  if user == HOUSE then what, tickets = 'house', -tickets end
  tallies[what] = (tallies[what] or 0) + tickets
end

-- Count how many tickets more or fewer each user holds until the meta is saved.
local function hold_more(user, count)
  if user ~= HOUSE then holding[user] = (holding[user] or 0) + count end
end

-- Return how many tickets a user held when the meta was saved, as `holders` has them. That is asked for once.
local function held_when_saved(user)
  held_before[user] = held_before[user] or tonumber(redis.call('HGET', HOLDERS, user) or 0)
  return held_before[user]
end
