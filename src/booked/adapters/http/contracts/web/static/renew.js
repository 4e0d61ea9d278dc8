// Parts of a page that stay up to date: while somebody can see it, the page is asked for again every now and then, and
// what stands in the parts marked with `data-renew`, the seconds between, is made as it is now. Nothing is announced.

import { freshen } from "./fresh.js";

const parts = [...document.querySelectorAll("[data-renew]")];
const every = 1000 * Math.min(...parts.map((part) => Number(part.dataset.renew)));
const SPREAD = 0.2; // so that not all who look ask at the same moment
let timer = 0;

async function again() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  // Somebody who is not logged in any more, or asks too often, keeps what there is.
  if (reply && (reply.redirected || (reply.status >= 400 && reply.status < 500))) return;
  if (reply?.ok) {
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const part of parts) {
      const now = page.getElementById(part.id);
      if (now) renew(part, now);
    }
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
    [...old.childNodes].forEach((child, index) => renew(child, now.childNodes[index]));
  }
}

function wait() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(again, every * (1 + SPREAD * Math.random()));
}

if (parts.length) {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : again()));
  wait();
}
