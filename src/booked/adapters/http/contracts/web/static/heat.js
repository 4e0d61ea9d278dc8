// A hall on a canvas by what became of its seats. The table of sections beside it says the same in words.

import { AISLE, SEAT, TITLE, arrange, place } from "./plan.js";

const NAMES = ["free", "held", "sold", "blocked"]; // of the numbers of two bits
const GAP = 0.2; // of a seat, to the next one

const figure = document.getElementById("heat");
const canvas = document.getElementById("canvas");
const context = canvas.getContext("2d");
const bits = Uint8Array.from(atob(figure.dataset.uses), (letter) => letter.charCodeAt(0));

let sections = [];
let colours = {};

// Two bits a seat, the highest first.
function useOf(number) {
  return NAMES[(bits[(number - 1) >> 2] >> (6 - 2 * ((number - 1) & 3))) & 3];
}

function readColours() {
  const style = getComputedStyle(canvas);
  const of = (name) => style.getPropertyValue(name).trim();
  const ink = of("--ink");
  colours = { free: of("--edge"), held: of("--hurry"), sold: of("--accent"), blocked: ink, text: ink, font: style.fontFamily };
}

// A sold seat is a square, a held one its lower half, a blocked one an upright bar, a free one a dot.
function drawSeat(x, y, side, use) {
  const part = Math.max(1, Math.round(side / 3));
  const middle = Math.floor((side - part) / 2);
  context.fillStyle = colours[use];
  if (use === "sold") context.fillRect(x, y, side, side);
  else if (use === "held") context.fillRect(x, y + side - Math.ceil(side / 2), side, Math.ceil(side / 2));
  else if (use === "blocked") context.fillRect(x + middle, y, part, side);
  else context.fillRect(x + middle, y + middle, part, part);
}

function drawBlock(block, left, top, scale) {
  const size = SEAT * scale;
  const side = Math.max(1, size < 3 ? size : Math.round(size * (1 - GAP)));
  for (let row = 0; row < block.rows; row++)
    for (let seat = 0; seat < block.across; seat++)
      drawSeat(left + seat * size, top + row * size, side, useOf(block.first + row * block.across + seat));
}

// The name of a section above it, or the end of the name, a number mostly, where there is no room for all of it.
function drawTitle(section, left, top, scale) {
  context.font = `600 ${Math.min(16, Math.max(9, TITLE * scale * 0.6))}px ${colours.font}`;
  const room = (section.width + AISLE) * scale;
  const title = [section.name, section.name.split(" ").at(-1)].find((text) => context.measureText(text).width < room);
  context.fillStyle = colours.text;
  if (title) context.fillText(title, left + (section.width / 2) * scale, top - TITLE * 0.3 * scale);
}

function draw() {
  const ratio = devicePixelRatio || 1;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.textAlign = "center";
  const extent = place(sections, clientWidth / clientHeight);
  const most = Math.min(clientWidth / (extent.width + AISLE), clientHeight / (extent.height + AISLE));
  const pixels = most * SEAT * ratio; // whole ones, where they are few, make even rows
  const scale = Math.min(4, pixels > 2 ? Math.floor(pixels) / SEAT / ratio : most);
  const at = (x, y) => [
    Math.round(x * scale + (clientWidth - extent.width * scale) / 2),
    Math.round(y * scale + (clientHeight - extent.height * scale) / 2),
  ];
  for (const section of sections) {
    for (const block of section.blocks) drawBlock(block, ...at(block.x, block.y), scale);
    drawTitle(section, ...at(section.x, section.y), scale);
  }
}

async function start() {
  const reply = await fetch(`/api/v1/events/${figure.dataset.event}/seats/layout/`);
  if (!reply.ok) return; // Nobody but its organizer sees a draft. The table has its sections.
  sections = arrange((await reply.json()).blocks);
  figure.hidden = false;
  readColours();
  new ResizeObserver(draw).observe(canvas);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
    matchMedia(query).addEventListener("change", () => (readColours(), draw()));
}

start();
