// The hall at a glance on a canvas, drawn from the layout and the bitmap of taken seats. The list of sections beside it
// says the same in words and leads to the same pages.

import { isTaken, watch } from "./availability.js";
import { AISLE, SEAT, TITLE, arrange, isIn, place, seatAt } from "./plan.js";

const GAP = 0.24; // of a seat, to the next one
const DASH = 0.2; // of a seat, how high a taken one is drawn
const CLICKABLE = 9; // pixels of a seat that can be told from its neighbours
const STEP = 1.4; // of a zoom
const CLOSEST = 4; // pixels a unit

const overview = document.getElementById("overview");
const canvas = document.getElementById("canvas");
const links = new Map([...document.querySelectorAll("[data-section]")].map((link) => [link.dataset.section, link]));
const chosen = new Set(overview.dataset.chosen.split(".").filter(Boolean).map(Number));
const context = canvas.getContext("2d");

let sections = [];
let blocks = []; // in the order of their numbers
let extent = { width: 1, height: 1 };
let view = { x: 0, y: 0, scale: 1 }; // pixels for each unit of the plan
let closest = CLOSEST;
let taken = null;
let colours = {};
let due = false;

function readColours() {
  const style = getComputedStyle(canvas);
  const of = (name) => style.getPropertyValue(name).trim();
  const ink = of("--ink");
  colours = { free: of("--accent"), taken: of("--edge"), chosen: ink, text: ink, font: style.fontFamily };
}

// The space between seats of this size, in whole pixels to look crisp; none where seats are hardly larger than pixels.
function gapOf(size) {
  return size < 3 ? 0 : Math.round(size * GAP);
}

// A free seat is a square, a taken one a dash, a chosen one a small square with a ring around it.
function drawSeat(x, y, size, state) {
  const side = size - gapOf(size);
  if (state === "chosen") {
    const ring = Math.max(1, side * 0.12);
    context.fillRect(x, y, side, side);
    context.clearRect(x + ring, y + ring, side - 2 * ring, side - 2 * ring);
    context.fillRect(x + 2 * ring, y + 2 * ring, side - 4 * ring, side - 4 * ring);
  } else {
    const { height, inset } = shapeOf(size, state);
    context.fillRect(x, y + inset, side, height);
  }
}

function shapeOf(size, state) {
  const side = size - gapOf(size);
  const height = state === "taken" ? Math.max(1, Math.round(size * DASH)) : side;
  return { height, inset: Math.floor((side - height) / 2) };
}

// Where a block begins on the canvas, on a whole pixel.
function cornerOf(block) {
  return [Math.round((block.x - view.x) * view.scale), Math.round((block.y - view.y) * view.scale)];
}

function stateOf(number) {
  if (chosen.has(number)) return "chosen";
  return isTaken(taken, number) ? "taken" : "free";
}

// Returns the first row and the first seat of a block that can be seen, and those behind the last.
function seen(block, left, top, size) {
  return {
    fromRow: Math.max(0, Math.floor(-top / size)),
    toRow: Math.min(block.rows, Math.ceil((canvas.clientHeight - top) / size)),
    fromSeat: Math.max(0, Math.floor(-left / size)),
    toSeat: Math.min(block.across, Math.ceil((canvas.clientWidth - left) / size)),
  };
}

// Seats next to each other in the same state are one stroke; the gaps between all of them are cut out afterwards.
function drawBlock(block) {
  const size = SEAT * view.scale;
  const [left, top] = cornerOf(block);
  const { fromRow, toRow, fromSeat, toSeat } = seen(block, left, top, size);
  if (fromRow >= toRow || fromSeat >= toSeat) return;
  const gap = gapOf(size);
  for (const state of ["free", "taken"]) {
    context.fillStyle = colours[state];
    const { height, inset } = shapeOf(size, state);
    for (let row = fromRow; row < toRow; row++) {
      const first = block.first + row * block.across;
      const y = top + row * size + inset;
      let begun = -1;
      for (let seat = fromSeat; seat <= toSeat; seat++) {
        const fits = seat < toSeat && isTaken(taken, first + seat) === (state === "taken");
        if (fits && begun < 0) begun = seat;
        if (fits || begun < 0) continue;
        context.fillRect(left + begun * size, y, (seat - begun) * size - gap, height);
        begun = -1;
      }
    }
  }
  for (let seat = fromSeat + 1; gap && seat < toSeat; seat++)
    context.clearRect(left + seat * size - gap, top + fromRow * size, gap, (toRow - fromRow) * size);
}

// Draws one seat anew, wherever it is.
function redrawSeat(number) {
  const block = blockOf(number);
  const offset = block ? number - block.first : 0;
  if (!block || offset >= block.rows * block.across) return;
  const size = SEAT * view.scale;
  const [left, top] = cornerOf(block);
  const x = left + (offset % block.across) * size;
  const y = top + Math.floor(offset / block.across) * size;
  if (x < -size || y < -size || x > canvas.clientWidth || y > canvas.clientHeight) return;
  context.clearRect(x, y, size, size);
  const state = stateOf(number);
  context.fillStyle = colours[state];
  drawSeat(x, y, size, state);
}

// Writes the name of a section above it, or the end of the name, a number mostly, where there is no room for all of it.
function drawTitle(section) {
  const height = TITLE * view.scale;
  context.font = `600 ${Math.min(18, Math.max(9, height * 0.6))}px ${colours.font}`;
  const room = (section.width + AISLE) * view.scale;
  const title = [section.name, section.name.split(" ").at(-1)].find((text) => context.measureText(text).width < room);
  const [x, y] = [section.x + section.width / 2 - view.x, section.y - TITLE * 0.3 - view.y];
  if (title) context.fillText(title, x * view.scale, y * view.scale);
}

function drawAll() {
  due = false;
  if (!taken) return;
  const start = performance.now();
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  blocks.forEach(drawBlock);
  chosen.forEach(redrawSeat);
  context.fillStyle = colours.text;
  context.textAlign = "center";
  sections.forEach(drawTitle);
  noteTime("hall drawn", start);
}

// Leaves for a browser's tools how long the last drawing took.
function noteTime(name, start) {
  performance.clearMeasures(name);
  performance.measure(name, { start });
}

function redraw() {
  if (!due) requestAnimationFrame(drawAll);
  due = true;
}

function blockOf(number) {
  return blocks.findLast((block) => block.first <= number);
}

// Draws the seats again that differ, and no others.
function update(bitmap) {
  const before = taken;
  taken = bitmap;
  if (!before || before.length !== bitmap.length) return redraw();
  const start = performance.now();
  bitmap.forEach((byte, index) => {
    const differs = byte ^ before[index];
    for (let bit = 0; bit < 8 && differs; bit++) if (differs & (0x80 >> bit)) redrawSeat(index * 8 + bit + 1);
  });
  noteTime("hall changed", start);
}

// The seat at a point of the canvas, or only its section where seats are too small or it is beside them.
function at(x, y) {
  const [px, py] = [x / view.scale + view.x, y / view.scale + view.y];
  for (const block of blocks) {
    const number = seatAt(block, px, py);
    if (number) return { section: block.section, number };
  }
  const section = sections.find((each) => isIn(each, px, py));
  return section ? { section, number: null } : null;
}

function open(x, y) {
  const hit = at(x, y);
  const link = hit && links.get(hit.section.name);
  if (!link) return;
  const address = new URL(link.href);
  if (hit.number && SEAT * view.scale >= CLICKABLE && stateOf(hit.number) === "free")
    address.searchParams.set("seat", [...chosen, hit.number].join("."));
  location.assign(address);
}

function fit() {
  const { clientWidth, clientHeight } = canvas;
  const most = Math.min(clientWidth / (extent.width + 2 * AISLE), clientHeight / (extent.height + 2 * AISLE));
  const size = most * SEAT * devicePixelRatio; // whole pixels, where they are few, make even rows
  const scale = size > 2 ? Math.floor(size) / SEAT / devicePixelRatio : most;
  closest = Math.max(CLOSEST, scale);
  view = {
    scale,
    x: (extent.width - canvas.clientWidth / scale) / 2,
    y: (extent.height - canvas.clientHeight / scale) / 2,
  };
  redraw();
}

function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const least = Math.min(canvas.clientWidth / extent.width, canvas.clientHeight / extent.height) / 2;
  const scale = Math.min(closest, Math.max(least, view.scale * factor));
  pan(x / view.scale - x / scale, y / view.scale - y / scale);
  view.scale = scale;
}

// Moves by units of the plan. Its middle stays in sight.
function pan(x, y) {
  const within = (value, length, shown) => Math.max(-shown / 2, Math.min(length - shown / 2, value));
  view.x = within(view.x + x, extent.width, canvas.clientWidth / view.scale);
  view.y = within(view.y + y, extent.height, canvas.clientHeight / view.scale);
  redraw();
}

function resize() {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  extent = place(sections, canvas.clientWidth / canvas.clientHeight);
  fit();
}

function press(event) {
  const step = 40 / view.scale;
  const keys = {
    ArrowLeft: () => pan(-step, 0),
    ArrowRight: () => pan(step, 0),
    ArrowUp: () => pan(0, -step),
    ArrowDown: () => pan(0, step),
    "+": () => zoom(STEP),
    "-": () => zoom(1 / STEP),
    0: fit,
  };
  if (!keys[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  keys[event.key]();
}

// One finger or the mouse moves the plan, two come closer; a press that moves nothing is a click.
function followPointers() {
  const fingers = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [x, y] = [event.offsetX - before.offsetX, event.offsetY - before.offsetY];
    moved += Math.abs(x) + Math.abs(y);
    const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (other) {
      const apart = (finger) => Math.hypot(finger.offsetX - other.offsetX, finger.offsetY - other.offsetY);
      zoom(apart(event) / Math.max(1, apart(before)), other.offsetX, other.offsetY);
    } else {
      pan(-x / view.scale, -y / view.scale);
    }
    fingers.set(event.pointerId, event);
  });
  canvas.addEventListener("pointerup", (event) => {
    const alone = fingers.size === 1 && fingers.delete(event.pointerId);
    if (alone && moved < 6) open(event.offsetX, event.offsetY);
    fingers.delete(event.pointerId);
  });
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
}

async function start() {
  const { event, failed } = overview.dataset;
  const reply = await fetch(`/api/v1/events/${event}/seats/layout/`);
  if (!reply.ok) return; // The list of sections leads to every seat.
  sections = arrange((await reply.json()).blocks);
  blocks = sections.flatMap((section) => section.blocks).sort((one, other) => one.first - other.first);
  overview.hidden = false;
  readColours();
  new ResizeObserver(resize).observe(canvas);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
    matchMedia(query).addEventListener("change", () => (readColours(), redraw()));
  document.getElementById("closer").addEventListener("click", () => zoom(STEP));
  document.getElementById("farther").addEventListener("click", () => zoom(1 / STEP));
  document.getElementById("whole").addEventListener("click", fit);
  canvas.addEventListener("keydown", press);
  followPointers();
  watch(event, update, () => (document.getElementById("told").textContent = failed));
}

start();
