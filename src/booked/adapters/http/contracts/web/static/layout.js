// The plan of a venue's seats while they are typed, drawn from the fields of the form. The form works without this.

import { AISLE, SEAT, TITLE, arrange, place } from "./plan.js";

const SEATS_DRAWN = 50_000; // above, rows are drawn as wholes
const GAP = 0.24; // of a seat, to the next one
const LARGEST = 2; // pixels a unit
const HIGHEST = 480; // pixels

const form = document.getElementById("venue");
const preview = document.getElementById("preview");
const canvas = preview?.querySelector("canvas");
const counted = document.getElementById("counted");
const context = canvas?.getContext("2d");

// Returns the number in a field from 1 to `most`, 0 for everything else.
function numberIn(field, most) {
  const number = Number(field.value.trim());
  return Number.isInteger(number) && number >= 1 && number <= most ? number : 0;
}

// Returns the blocks that are filled in, as the layout of an event has them.
function typed() {
  const blocks = [];
  let first = 1;
  for (const block of form.querySelectorAll("fieldset.block")) {
    const field = (name) => block.querySelector(`[name="${name}"]`);
    const [rows, across] = [numberIn(field("rows"), 1000), numberIn(field("seats"), 1000)];
    const section = field("section").value.trim();
    if (!rows || !across) continue;
    blocks.push({
      section,
      rows,
      seats_per_row: across,
      first,
      first_row: numberIn(field("first_row"), 1000) || 1,
      first_seat: numberIn(field("first_seat"), 1000) || 1,
      row_style: field("style").value,
      ticket_type_id: "",
    });
    first += rows * across;
  }
  return { blocks, seats: first - 1 };
}

function tell(seats, sections) {
  const { none, seat, seats: many } = preview.dataset;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const text = seats === 0 ? none : sections === 1 ? seat : many;
  const told = text.replace("{seats}", number.format(seats)).replace("{sections}", number.format(sections));
  if (counted.textContent !== told) counted.textContent = told;
}

function drawBlock(block, scale, whole) {
  const size = SEAT * scale;
  const side = size < 3 ? size : size * (1 - GAP);
  for (let row = 0; row < block.rows; row++) {
    const y = (block.y + row * SEAT) * scale;
    if (whole) {
      context.fillRect(block.x * scale, y, block.across * size, side);
      continue;
    }
    for (let seat = 0; seat < block.across; seat++) context.fillRect((block.x + seat * SEAT) * scale, y, side, side);
  }
}

function draw() {
  const { blocks, seats } = typed();
  const sections = arrange(blocks);
  tell(seats, sections.length);
  canvas.hidden = !seats;
  if (!seats) return;
  const width = canvas.parentElement.clientWidth;
  const extent = place(sections, 2);
  const scale = Math.min(LARGEST, width / (extent.width + 2 * AISLE), HIGHEST / (extent.height + AISLE));
  const height = (extent.height + AISLE) * scale;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
  context.setTransform(ratio, 0, 0, ratio, ((width - extent.width * scale) / 2) * ratio, 0);
  context.fillStyle = colour("--accent");
  for (const section of sections) for (const block of section.blocks) drawBlock(block, scale, seats > SEATS_DRAWN);
  context.fillStyle = colour("--ink");
  context.textAlign = "center";
  context.font = `600 ${Math.min(16, Math.max(9, TITLE * scale * 0.6))}px ${style.fontFamily}`;
  for (const section of sections)
    context.fillText(section.name, (section.x + section.width / 2) * scale, (section.y - TITLE * 0.3) * scale);
}

if (canvas) {
  preview.hidden = false;
  form.addEventListener("input", draw);
  addEventListener("pageshow", draw); // browsers put back what was typed when somebody goes back
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
    matchMedia(query).addEventListener("change", draw);
  let before = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width !== before) draw();
    before = contentRect.width;
  }).observe(preview);
}
