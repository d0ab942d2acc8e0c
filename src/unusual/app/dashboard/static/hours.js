// A week in half hours, painted by mouse, touch and keyboard. Nothing is kept before "Save".
import { announce, post } from "/static/net.js";

const form = document.querySelector("[data-hours-of]");
const table = form.querySelector(".grid");
const cells = [...table.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const modes = ["armed", "quiet", "off"];
const save = form.querySelector(".save .main");
const back = form.querySelector("[data-back]");
const field = (name) => form.querySelector(`[data-field=${name}]`);
let kept = form.dataset.grid;
let grid = JSON.parse(kept);
let at = [0, 16]; // the cell that the keyboard is on

const clock = (slot) => `${String(Math.floor(slot / 2)).padStart(2, "0")}:${slot % 2 ? "30" : "00"}`;
const brush = () => form.elements.brush.value;

function show(day, slot) {
  const cell = cells[day][slot];
  cell.className = `paint-${grid[day][slot]}`;
  cell.setAttribute("aria-label", `${days[day]} ${clock(slot)}, ${grid[day][slot]}`);
  cell.title = `${days[day]} ${clock(slot)}`;
}

function paint(day, slot, mode = brush()) {
  if (grid[day][slot] === mode) return;
  grid[day][slot] = mode;
  show(day, slot);
  changed();
}

function changed() {
  const same = JSON.stringify(grid) === JSON.stringify(JSON.parse(kept));
  save.disabled = same;
  back.disabled = same;
  field("saved").textContent = same ? "" : "not saved yet";
}

function go(day, slot) {
  cells[at[0]][at[1]].tabIndex = -1;
  at = [(day + 7) % 7, Math.min(47, Math.max(0, slot))];
  const cell = cells[at[0]][at[1]];
  cell.tabIndex = 0;
  cell.focus();
}

const placeOf = (cell) => [Number(cell.closest("tr").dataset.day), Number(cell.dataset.slot)];

table.addEventListener("pointerdown", (event) => {
  const cell = event.target.closest("td[data-slot]");
  if (!cell || event.button !== 0) return;
  event.preventDefault();
  const begun = placeOf(cell);
  const before = structuredClone(grid);
  const paintTo = ([day, slot]) => { // the rectangle from where it was begun
    for (let d = 0; d < 7; d += 1)
      for (let s = 0; s < 48; s += 1) {
        const inside = d >= Math.min(begun[0], day) && d <= Math.max(begun[0], day) && s >= Math.min(begun[1], slot) && s <= Math.max(begun[1], slot);
        paint(d, s, inside ? brush() : before[d][s]);
      }
  };
  paintTo(begun);
  go(...begun);
  const moved = (one) => {
    const over = document.elementFromPoint(one.clientX, one.clientY)?.closest?.(".grid td[data-slot]");
    if (over && one.pointerId === event.pointerId) paintTo(placeOf(over));
  };
  const end = (one) => {
    if (one.pointerId !== event.pointerId) return;
    removeEventListener("pointermove", moved);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  addEventListener("pointermove", moved);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
});

table.addEventListener("keydown", (event) => {
  const cell = event.target.closest("td[data-slot]");
  if (!cell) return;
  const [day, slot] = placeOf(cell);
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const to = { Home: [day, 0], End: [day, 47] }[event.key] ?? (by && [day + by[0], slot + by[1]]);
  if (to) {
    if (event.shiftKey) paint(day, slot);
    go(...to);
    if (event.shiftKey) paint(...at);
  } else if (event.key === " ") paint(day, slot);
  else if (["1", "2", "3"].includes(event.key)) {
    form.elements.brush.value = modes[event.key - 1];
    announce(`Painting ${brush()}`);
  } else return;
  event.preventDefault();
});

for (const button of table.querySelectorAll("[data-whole]"))
  button.addEventListener("click", () => {
    for (let slot = 0; slot < 48; slot += 1) paint(Number(button.dataset.whole), slot);
  });

back.addEventListener("click", () => {
  grid = JSON.parse(kept);
  grid.forEach((row, day) => row.forEach((_, slot) => show(day, slot)));
  changed();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  save.disabled = true;
  const saving = JSON.stringify(grid);
  try {
    const told = await post(`/api/v1/cameras/${form.dataset.hoursOf}/hours`, { grid: JSON.parse(saving) });
    kept = saving;
    back.disabled = true;
    field("now").textContent = told.duty.words;
    field("lines").textContent = `hours = [${told.lines.map((line) => `"${line}"`).join(", ")}]`;
    field("lines-words").hidden = told.lines.length === 0;
    field("saved").textContent = "Saved. The watcher takes it up within seconds.";
  } catch (error) {
    save.disabled = false;
    field("saved").textContent = `Not saved: ${error.message}`;
  }
});
addEventListener("beforeunload", (event) => save.disabled || event.preventDefault());

grid.forEach((row, day) => row.forEach((_, slot) => show(day, slot)));
cells[at[0]][at[1]].tabIndex = 0;
