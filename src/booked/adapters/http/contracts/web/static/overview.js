// The hall at a glance on a canvas, drawn from the layout and the bitmap of taken seats. The list of sections beside it
// says the same in words and leads to the same pages.

import { isTaken, watch } from "./availability.js";

const SEAT = 10; // units of the plan, of which a screen shows `scale` pixels each
const AISLE = 24;
const TITLE = 26;
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
let view = { x: 0, y: 0, scale: 1 };
let closest = CLOSEST;
let taken = null;
let colours = {};
let due = false;

// Returns the sections with their blocks in place: rows that begin with the same seat stand below each other, rows
// with numbers before those with letters.
function arrange(all) {
  const named = new Map();
  for (const block of all) {
    if (!named.has(block.section)) named.set(block.section, []);
    named.get(block.section).push(block);
  }
  return [...named].map(([name, own]) => {
    const left = Math.min(...own.map((block) => block.first_seat));
    const bounds = (style) => {
      const some = own.filter((block) => block.row_style === style);
      const top = Math.min(...some.map((block) => block.first_row));
      return { top, rows: some.length ? Math.max(...some.map((block) => block.first_row + block.rows)) - top : 0 };
    };
    const [numbers, letters] = [bounds("numbers"), bounds("letters")];
    const placed = own.map((block) => ({
      first: block.first,
      rows: block.rows,
      across: block.seats_per_row,
      dx: (block.first_seat - left) * SEAT,
      dy: (block.row_style === "letters" ? numbers.rows + block.first_row - letters.top : block.first_row - numbers.top) * SEAT,
    }));
    return {
      name,
      tier: own[0].ticket_type_id,
      blocks: placed,
      width: Math.max(...placed.map((block) => block.dx + block.across * SEAT)),
      height: (numbers.rows + letters.rows) * SEAT,
    };
  });
}

// Puts sections side by side in lines, each ticket type on lines of its own, in about the shape of the canvas.
function placeSections() {
  const area = sections.reduce((sum, each) => sum + (each.width + AISLE) * (each.height + TITLE + AISLE), 0);
  const shape = canvas.clientWidth / canvas.clientHeight;
  const most = Math.max(Math.sqrt(area * shape), ...sections.map((each) => each.width));
  const lines = [];
  for (const section of sections) {
    let line = lines.at(-1);
    if (!line || line.tier !== section.tier || line.width + AISLE + section.width > most * 1.02) {
      line = { tier: section.tier, width: -AISLE, height: 0, sections: [] };
      lines.push(line);
    }
    line.sections.push(section);
    line.width += AISLE + section.width;
    line.height = Math.max(line.height, section.height);
  }
  const width = Math.max(...lines.map((line) => line.width));
  let y = 0;
  for (const line of lines) {
    let x = (width - line.width) / 2;
    for (const section of line.sections) {
      section.x = x;
      section.y = y + TITLE;
      for (const block of section.blocks) Object.assign(block, { section, x: x + block.dx, y: section.y + block.dy });
      x += section.width + AISLE;
    }
    y += line.height + TITLE + AISLE;
  }
  extent = { width, height: y - AISLE };
  blocks = sections.flatMap((section) => section.blocks).sort((one, other) => one.first - other.first);
}

function readColours() {
  const style = getComputedStyle(canvas);
  const of = (name) => style.getPropertyValue(name).trim();
  colours = matchMedia("(forced-colors: active)").matches
    ? { free: "LinkText", taken: "GrayText", chosen: "Highlight", text: "CanvasText" }
    : { free: of("--accent"), taken: of("--edge"), chosen: of("--ink"), text: of("--ink") };
  colours.font = style.fontFamily;
}

// A free seat is a square, a taken one a dash, a chosen one a small square with a ring around it.
function drawSeat(x, y, state) {
  const size = SEAT * view.scale;
  const side = Math.max(0.8, size * (state === "chosen" ? 0.5 : 1 - GAP));
  const height = state === "taken" ? size * DASH : side;
  context.fillRect(x + (size - side) / 2, y + (size - height) / 2, side, height);
  if (state === "chosen") context.strokeRect(x + size * 0.08, y + size * 0.08, size * 0.84, size * 0.84);
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
  const left = (block.x - view.x) * view.scale;
  const top = (block.y - view.y) * view.scale;
  const { fromRow, toRow, fromSeat, toSeat } = seen(block, left, top, size);
  if (fromRow >= toRow || fromSeat >= toSeat) return;
  for (const state of ["free", "taken"]) {
    usePen(state);
    const height = Math.max(0.6, size * (state === "taken" ? DASH : 1 - GAP));
    for (let row = fromRow; row < toRow; row++) {
      const first = block.first + row * block.across;
      const y = top + row * size + (size - height) / 2;
      let begun = -1;
      for (let seat = fromSeat; seat <= toSeat; seat++) {
        const fits = seat < toSeat && isTaken(taken, first + seat) === (state === "taken");
        if (fits && begun < 0) begun = seat;
        if (fits || begun < 0) continue;
        context.fillRect(left + begun * size, y, (seat - begun) * size, height);
        begun = -1;
      }
    }
  }
  const gap = size * GAP;
  if (gap < 0.3) return;
  for (let seat = fromSeat; seat <= toSeat; seat++)
    context.clearRect(left + seat * size - gap / 2, top + fromRow * size, gap, (toRow - fromRow) * size);
}

// Draws one seat anew, wherever it is.
function redrawSeat(number) {
  const block = blockOf(number);
  const offset = block ? number - block.first : 0;
  if (!block || offset >= block.rows * block.across) return;
  const size = SEAT * view.scale;
  const x = (block.x + (offset % block.across) * SEAT - view.x) * view.scale;
  const y = (block.y + Math.floor(offset / block.across) * SEAT - view.y) * view.scale;
  if (x < -size || y < -size || x > canvas.clientWidth || y > canvas.clientHeight) return;
  context.clearRect(x, y, size, size);
  usePen(stateOf(number));
  drawSeat(x, y, stateOf(number));
}

function drawTitle(section) {
  const height = TITLE * view.scale;
  context.font = `600 ${Math.min(18, Math.max(9, height * 0.6))}px ${colours.font}`;
  const x = (section.x + section.width / 2 - view.x) * view.scale;
  if (context.measureText(section.name).width < (section.width + AISLE) * view.scale)
    context.fillText(section.name, x, (section.y - TITLE * 0.3 - view.y) * view.scale);
}

function usePen(state) {
  context.fillStyle = colours[state];
  context.strokeStyle = colours[state];
  context.lineWidth = Math.max(1, SEAT * view.scale * 0.12);
}

function drawAll() {
  due = false;
  if (!taken) return;
  performance.mark("hall");
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  blocks.forEach(drawBlock);
  chosen.forEach(redrawSeat);
  context.fillStyle = colours.text;
  context.textAlign = "center";
  sections.forEach(drawTitle);
  performance.measure("hall drawn", "hall");
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
  performance.mark("change");
  bitmap.forEach((byte, index) => {
    const differs = byte ^ before[index];
    for (let bit = 0; bit < 8 && differs; bit++) if (differs & (0x80 >> bit)) redrawSeat(index * 8 + bit + 1);
  });
  performance.measure("hall changed", "change");
}

// The seat at a point of the canvas, or only its section where seats are too small or it is beside them.
function at(x, y) {
  const [px, py] = [x / view.scale + view.x, y / view.scale + view.y];
  for (const block of blocks) {
    const [seat, row] = [Math.floor((px - block.x) / SEAT), Math.floor((py - block.y) / SEAT)];
    if (seat >= 0 && seat < block.across && row >= 0 && row < block.rows)
      return { section: block.section, number: block.first + row * block.across + seat };
  }
  const section = sections.find(
    (each) => px >= each.x && px < each.x + each.width && py >= each.y - TITLE && py < each.y + each.height,
  );
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
  const scale = Math.min(canvas.clientWidth / (extent.width + 2 * AISLE), canvas.clientHeight / (extent.height + 2 * AISLE));
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
  placeSections();
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
  watch(event, {}, update, () => (document.getElementById("told").textContent = failed));
}

start();
