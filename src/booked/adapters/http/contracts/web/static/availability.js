// Which tickets of an event are taken, as it changes, while somebody can see the page: told by the live stream or, where
// there is none, asked for again and again.

const EVERY_MS = 5000;

// Says whether a ticket is taken, by a bitmap whose first bit is the ticket 1.
export function isTaken(bitmap, number) {
  return (bitmap[(number - 1) >> 3] & (0x80 >> ((number - 1) & 7))) !== 0;
}

// Calls `told` with the bitmap of all tickets, now and whenever it is another one, and `failed` where there is none yet.
export function watch(event, told, failed = () => {}) {
  let known = null;
  let stream = null;
  let timer = 0;

  function tell(bitmap) {
    if (known && bitmap.length === known.length && bitmap.every((byte, index) => byte === known[index])) return;
    known = bitmap;
    told(bitmap);
  }

  function listen() {
    stream = new EventSource(`/api/v1/events/${event}/live/`);
    stream.addEventListener("all", ({ data }) => tell(decoded(JSON.parse(data).bitmap)));
    stream.addEventListener("seats", ({ data }) => known && tell(changed(known, JSON.parse(data))));
    // A browser comes back by itself, unless it is refused.
    stream.addEventListener("error", () => stream.readyState === EventSource.CLOSED && ask());
  }

  async function ask() {
    clearTimeout(timer);
    try {
      const headers = { Accept: "application/octet-stream" };
      const reply = await fetch(`/api/v1/events/${event}/seats/availability/`, { headers });
      if (!reply.ok) throw new Error(reply.status);
      tell(new Uint8Array(await reply.arrayBuffer()));
    } catch (error) {
      if (!known) failed(error);
    }
    if (!document.hidden) timer = setTimeout(ask, EVERY_MS);
  }

  function begin() {
    clearTimeout(timer);
    stream?.close();
    if (!document.hidden) listen();
  }

  document.addEventListener("visibilitychange", begin);
  begin();
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
