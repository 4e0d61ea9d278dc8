// Where every seat of a hall is on its plan: sections side by side, in units of which a seat has `SEAT`.

export const SEAT = 10;
export const AISLE = 24;
export const TITLE = 26; // above each section

// Returns the sections with their blocks in place: rows that begin with the same seat stand below each other, rows
// with numbers before those with letters.
export function arrange(all) {
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

// Puts sections side by side in lines, each ticket type on lines of its own, in about the shape that is asked for.
// Returns how large the plan is.
export function place(sections, shape) {
  const area = sections.reduce((sum, each) => sum + (each.width + AISLE) * (each.height + TITLE + AISLE), 0);
  const lines = tiersOf(sections).flatMap((tier) => linesOf(tier, Math.sqrt(area * shape)));
  const width = Math.max(...lines.map((line) => line.width));
  let y = 0;
  let before = null;
  for (const line of lines) {
    if (before && line.sections[0].tier !== before) y += AISLE;
    before = line.sections[0].tier;
    let x = (width - line.width) / 2;
    for (const section of line.sections) {
      section.x = x;
      section.y = y + TITLE;
      for (const block of section.blocks) Object.assign(block, { section, x: x + block.dx, y: section.y + block.dy });
      x += section.width + AISLE;
    }
    y += Math.max(...line.sections.map((section) => section.height)) + TITLE + AISLE;
  }
  return { width, height: y - AISLE };
}

function tiersOf(sections) {
  const tiers = [];
  for (const section of sections) {
    if (tiers.at(-1)?.[0].tier !== section.tier) tiers.push([]);
    tiers.at(-1).push(section);
  }
  return tiers;
}

// Breaks a tier into lines of about the same length, none much longer than `most`.
function linesOf(tier, most) {
  const all = tier.reduce((sum, section) => sum + section.width + AISLE, 0);
  const length = all / Math.ceil(all / most);
  const lines = [];
  let reached = 0;
  for (const section of tier) {
    const index = Math.floor((reached + section.width / 2) / length);
    lines[index] ??= { width: -AISLE, sections: [] };
    lines[index].sections.push(section);
    lines[index].width += AISLE + section.width;
    reached += section.width + AISLE;
  }
  return lines.filter(Boolean);
}

// Returns the seat of a block at a point of the plan, null beside it.
export function seatAt(block, x, y) {
  const [seat, row] = [Math.floor((x - block.x) / SEAT), Math.floor((y - block.y) / SEAT)];
  const within = seat >= 0 && seat < block.across && row >= 0 && row < block.rows;
  return within ? block.first + row * block.across + seat : null;
}

export function isIn(section, x, y) {
  return x >= section.x && x < section.x + section.width && y >= section.y - TITLE && y < section.y + section.height;
}
