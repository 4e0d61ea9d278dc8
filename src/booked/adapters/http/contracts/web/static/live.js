// What is left of an event on its page, as it changes. Numbers change silently; only a sale that begins to run out, is
// sold out, has tickets again, or begins is said, politely.

import { freshen } from "./fresh.js";
import { follow } from "./stream.js";

const FOLLOWED = ["on_sale", "few_left", "sold_out"];
let page, tag, said, texts, state;

function look() {
  page = document.getElementById("live");
  tag = page.querySelector(".tag");
  said = document.getElementById("said");
  texts = page.dataset;
  state = texts.state === "paused" ? "sold_out" : texts.state; // there are none to be had, and may be again
}

// The texts of a state, with the number of tickets that are left.
function inWords(name, count) {
  return texts[count === 1 ? `${name}One` : name].replace("{count}", count);
}

// Of a type that is not on offer just now, nothing can be had: it has no count on the page.
function show(left, all) {
  const notes = [...page.querySelectorAll("[data-type]")];
  const free = notes.length ? Math.min(all, notes.reduce((sum, note) => sum + (left[note.dataset.type] ?? 0), 0)) : all;
  for (const note of notes) {
    const count = left[note.dataset.type];
    if (count !== undefined) write(note, count ? inWords("left", count) : texts.soldOut);
    const box = note.closest(".option")?.querySelector("input");
    note.closest(".option")?.classList.toggle("gone", count === 0);
    // What somebody has chosen stays chosen: the form says what is wrong with it.
    if (box && !box.checked) box.disabled = count === 0;
  }
  const now = free === 0 ? "sold_out" : free <= Number(texts.fewAt) ? "few_left" : "on_sale";
  if (now === "few_left") write(tag, inWords("few", free));
  if (now === state) return;
  tag.className = `tag ${{ sold_out: "out", few_left: "hurry", on_sale: "good" }[now]}`;
  if (now !== "few_left") write(tag, now === "sold_out" ? texts.gone : texts.onSale);
  if (now === "sold_out") said.textContent = texts.saidSoldOut;
  else if (state === "sold_out") said.textContent = texts.saidAgain;
  else if (now === "few_left") said.textContent = inWords("few", free);
  else said.textContent = "";
  state = now;
}

function write(element, text) {
  if (element.textContent.trim() === text) return;
  element.textContent = text;
  freshen(element);
}

async function ask() {
  const reply = await fetch(`/api/v1/events/${texts.event}/tickets/`).catch(() => null);
  if (!reply?.ok) return;
  const left = Object.fromEntries((await reply.json()).items.map((type) => [type.id, type.available]));
  show(left, Object.values(left).reduce((sum, count) => sum + count, 0));
}

function begin() {
  look();
  if (!FOLLOWED.includes(state)) return false;
  follow(texts.event, (_, body) => show(body.ticket_types, body.free), ask);
  return true;
}

// A page that waits for its sale is renewed until there is one.
function renewed() {
  if (!begin()) return;
  document.removeEventListener("renewed", renewed);
  if (state !== "sold_out") said.textContent = texts.saidBegun;
}

if (!begin()) document.addEventListener("renewed", renewed);
