// Which tickets of an event are taken, as it changes, while somebody can see the page.

import { follow } from "./stream.js";

// Says whether a ticket is taken, by a bitmap whose first bit is the ticket 1.
export function isTaken(bitmap, number) {
  return (bitmap[(number - 1) >> 3] & (0x80 >> ((number - 1) & 7))) !== 0;
}

// Calls `told` with the bitmap of all tickets, now and whenever it is another one, and `failed` where there is none yet.
export function watch(event, told, failed = () => {}) {
  let known = null;

  function tell(bitmap) {
    if (known && bitmap.length === known.length && bitmap.every((byte, index) => byte === known[index])) return;
    known = bitmap;
    told(bitmap);
  }

  function heard(kind, body) {
    if (kind === "all") tell(decoded(body.bitmap));
    if (kind === "seats" && known) tell(changed(known, body));
  }

  async function ask() {
    try {
      const headers = { Accept: "application/octet-stream" };
      const reply = await fetch(`/api/v1/events/${event}/seats/availability/`, { headers });
      if (!reply.ok) throw new Error(reply.status);
      tell(new Uint8Array(await reply.arrayBuffer()));
    } catch (error) {
      if (!known) failed(error);
    }
  }

  follow(event, heard, ask);
}

function decoded(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function changed(bitmap, { taken, freed }) {
  const next = bitmap.slice();
  for (const number of taken) next[(number - 1) >> 3] |= 0x80 >> ((number - 1) & 7);
  for (const number of freed) next[(number - 1) >> 3] &= ~(0x80 >> ((number - 1) & 7));
  return next;
}
