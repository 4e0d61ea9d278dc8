// The live stream of an event, while somebody can see the page; where it is refused, an answer that is asked for again
// and again.

const EVERY_MS = 5000;

// Calls `heard` with the name and the body of each message. `ask` is called now and then where there is no stream.
export function follow(event, heard, ask) {
  let stream = null;
  let timer = 0;

  function listen() {
    stream = new EventSource(`/api/v1/events/${event}/live/`);
    for (const kind of ["all", "seats", "count"]) {
      stream.addEventListener(kind, ({ data }) => heard(kind, JSON.parse(data)));
    }
    // A browser comes back by itself, unless it is refused.
    stream.addEventListener("error", () => stream.readyState === EventSource.CLOSED && again());
  }

  async function again() {
    clearTimeout(timer);
    await ask();
    if (!document.hidden) timer = setTimeout(again, EVERY_MS);
  }

  function begin() {
    clearTimeout(timer);
    stream?.close();
    if (!document.hidden) listen();
  }

  document.addEventListener("visibilitychange", begin);
  begin();
}
