// Seats as checkboxes: arrow keys move between them, the sum is said as it changes, and a seat that somebody else
// takes meanwhile is unticked. Everything chosen stays on the form, which works without this.

import { isTaken, watch } from "./availability.js";

const form = document.getElementById("picker");
const grid = [...form.querySelectorAll(".seats tbody tr")].map((row) =>
  [...row.cells].slice(1).map((cell) => cell.querySelector("input")),
);
const boxes = grid.flat().filter((box) => box);
const language = document.documentElement.lang === "de" ? "de" : "en-GB";
const digits = Number(form.dataset.digits); // as amounts are kept, of which browsers would round some
const money = new Intl.NumberFormat(language, {
  style: "currency",
  currency: form.dataset.currency,
  minimumFractionDigits: digits,
  maximumFractionDigits: digits,
});
const ANSWERED_WITHIN_MS = 10_000;
let sentAt = -Infinity; // for a while after that, the seats chosen may be taken by this very visitor
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// One seat of the table is in the order of the Tab key: the one where somebody was last.
function enter(box) {
  for (const other of boxes) other.tabIndex = other === box ? 0 : -1;
}

function enterFirst() {
  enter(boxes.find((box) => box.checked) ?? boxes.find((box) => !box.disabled));
}

function move(event) {
  const step = STEPS[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  let row = grid.findIndex((seats) => seats.includes(event.target));
  if (row < 0) return;
  let column = grid[row].indexOf(event.target);
  event.preventDefault();
  do {
    row += step[0];
    column += step[1];
  } while (grid[row] && column >= 0 && column < grid[row].length && (grid[row][column]?.disabled ?? true));
  const box = grid[row]?.[column];
  if (box) {
    enter(box);
    box.focus();
    box.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function sumUp() {
  const sum = document.getElementById("sum");
  if (!sum) return;
  const chosen = new Map();
  for (const box of form.querySelectorAll('input[name="seat"]:checked')) chosen.set(box.value, Number(box.dataset.price));
  const { none, one, many, over, most } = form.dataset;
  const text = chosen.size === 0 ? none : chosen.size === 1 ? one : many;
  const total = [...chosen.values()].reduce((all, price) => all + price, 0);
  const said = text.replace("{count}", chosen.size).replace("{sum}", money.format(total));
  sum.textContent = chosen.size > Number(most) ? `${said}. ${over}` : said;
}

// A seat may be offered above the table and stand in it.
function mirror(box) {
  for (const other of form.querySelectorAll(`input[name="seat"][value="${box.value}"]`)) other.checked = box.checked;
}

function update(bitmap) {
  const { free, taken, lost } = form.dataset;
  const underWay = performance.now() - sentAt < ANSWERED_WITHIN_MS;
  const gone = [];
  for (const box of boxes) {
    const now = isTaken(bitmap, Number(box.value));
    if (now === box.disabled || (underWay && box.checked)) continue;
    if (now && box.checked) {
      box.checked = false;
      mirror(box);
      gone.push(box);
    }
    box.disabled = now;
    const [before, after] = now ? [free, taken] : [taken, free];
    const label = box.getAttribute("aria-label");
    if (label.endsWith(before)) box.setAttribute("aria-label", label.slice(0, -before.length) + after);
  }
  if (gone.length) {
    const names = gone.map((box) => box.getAttribute("aria-label").slice(0, -taken.length - 2));
    document.getElementById("lost").textContent = lost.replace("{seats}", names.join("; "));
    sumUp();
  }
  if (!boxes.some((box) => box.tabIndex === 0 && !box.disabled)) enterFirst();
}

form.addEventListener("keydown", move);
form.addEventListener("focusin", (event) => boxes.includes(event.target) && enter(event.target));
form.addEventListener("change", (event) => {
  if (event.target.name === "seat") mirror(event.target);
  sumUp();
});
form.addEventListener("submit", ({ submitter }) => {
  if (submitter?.name !== "go") sentAt = performance.now();
});
addEventListener("pageshow", sumUp); // browsers put back what was ticked when somebody goes back

enterFirst();
sumUp();
if (document.getElementById("sum")) watch(form.dataset.event, update);
