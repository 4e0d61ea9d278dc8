// Which tickets of an event are taken: asked again and again while somebody can see the page.

const EVERY_MS = 5000;

// Says whether a ticket is taken, by a bitmap whose first bit is the ticket `first`.
export function isTaken(bitmap, number, first = 1) {
  const bit = number - first;
  return (bitmap[bit >> 3] & (0x80 >> (bit & 7))) !== 0;
}

// Calls `told` with the bitmap of the tickets from `first` to `last` now, and whenever it is another one.
// Calls `failed` where nothing has come yet and the first answer is none.
export function watch(event, { first = 1, last = 10_000_000 }, told, failed = () => {}) {
  const address = `/api/v1/events/${event}/seats/availability/?first=${first}&last=${last}`;
  let known = null;
  let timer = 0;

  async function look() {
    clearTimeout(timer);
    if (document.hidden) return; // visibilitychange goes on
    try {
      const reply = await fetch(address, { headers: { Accept: "application/octet-stream" } });
      if (!reply.ok) throw new Error(reply.status);
      const bitmap = new Uint8Array(await reply.arrayBuffer());
      if (!known || bitmap.some((byte, index) => byte !== known[index])) {
        known = bitmap;
        told(bitmap);
      }
    } catch (error) {
      if (!known) failed(error);
    }
    clearTimeout(timer);
    timer = setTimeout(look, EVERY_MS);
  }

  document.addEventListener("visibilitychange", look);
  return look();
}
