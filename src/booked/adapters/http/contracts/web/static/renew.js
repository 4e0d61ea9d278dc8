// Parts of a page that stay up to date: while somebody can see it, the page is asked for again every now and then, and
// what stands in the parts marked with `data-renew`, the seconds between, is made as it is now. A part that comes without
// the mark is renewed no more. Nothing is announced; other scripts hear `renewed`.

import { freshen } from "./fresh.js";

const marked = () => [...document.querySelectorAll("[data-renew]")];
const SPREAD = 0.2; // so that not all who look ask at the same moment
let timer = 0;

async function again() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  // Somebody who is not logged in any more, or asks too often, keeps what there is.
  if (reply && (reply.redirected || (reply.status >= 400 && reply.status < 500))) return;
  if (reply?.ok) {
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const part of marked()) {
      const now = page.getElementById(part.id);
      if (now) renew(part, now);
    }
    document.dispatchEvent(new Event("renewed"));
  }
  wait();
}

function renew(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeType === Node.TEXT_NODE && now.nodeType === Node.TEXT_NODE) {
    old.data = now.data;
    freshen(old.parentElement);
  } else if (old.nodeName !== now.nodeName || old.childNodes.length !== now.childNodes.length) {
    old.replaceWith(document.importNode(now, true));
  } else {
    for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const name of Object.keys(old.dataset ?? {})) if (!(name in now.dataset)) delete old.dataset[name];
    [...old.childNodes].forEach((child, index) => renew(child, now.childNodes[index]));
  }
}

function wait() {
  clearTimeout(timer);
  const every = 1000 * Math.min(...marked().map((part) => Number(part.dataset.renew))); // infinite where none is left
  if (!document.hidden && every < Infinity) timer = setTimeout(again, every * (1 + SPREAD * Math.random()));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else if (marked().length) again();
});
wait();
