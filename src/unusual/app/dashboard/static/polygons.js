// Polygons over a picture: drawn, moved and changed by mouse, touch and keyboard. Places are shares of the picture.
import { announce } from "/static/net.js";

const SVG = "http://www.w3.org/2000/svg";
const STEP = 0.005; // of the picture, that an arrow key moves; ten times as far with Shift
const EDGE = 0.012; // of the picture: a corner that is put so near to its edge is meant to be on it
const NEAR = 14; // pixels from the first corner that close a polygon

const within = (share) => Math.min(1, Math.max(0, share));
const rounded = (share) => Math.round(within(share) * 1e4) / 1e4;
const snapped = (share) => (share < EDGE ? 0 : share > 1 - EDGE ? 1 : rounded(share));
const percent = (share) => `${100 * share}%`;

export class Polygons {
  // host: {zones(), proposed(), titleOf(zone), most, mostCorners, changed(), chosen(number), added()}
  constructor(page, host) {
    this.host = host;
    this.chosen = -1;
    this.open = null; // the corners of a polygon that is being drawn
    this.plate = page.querySelector(".plate");
    this.shapes = page.querySelector(".polygons");
    this.outside = page.querySelector(".outside");
    this.drawing = page.querySelector(".drawing");
    this.feet = page.querySelector(".feet");
    this.corners = page.querySelector(".corners");
    this.hint = page.querySelector("[data-field=hint]");
    this.usual = this.hint.textContent;
    this.drawButton = page.querySelector("[data-draw]");
    this.drawButton.addEventListener("click", () => (this.open ? this.stop() : this.start()));
    page.querySelector("[data-rectangle]").addEventListener("click", () => this.rectangle());
    this.plate.addEventListener("pointerdown", (event) => this.press(event));
    this.plate.addEventListener("pointermove", (event) => this.open && this.drawOpen(this.place(event)));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.open) this.stop();
      else if (event.key === "Enter" && this.open?.length > 2 && event.target.tagName !== "BUTTON") this.close();
    });
  }

  place(event) {
    const box = this.plate.getBoundingClientRect();
    return [snapped((event.clientX - box.left) / box.width), snapped((event.clientY - box.top) / box.height)];
  }

  // --- new ones

  start() {
    if (this.full()) return;
    this.choose(-1);
    this.open = [];
    this.plate.classList.add("drawing-now");
    this.drawButton.querySelector("span").textContent = "Stop drawing";
    this.hint.textContent = "Select the corners one after the other in the picture; the first one again, or Enter, closes the zone. Escape gives it up.";
  }

  stop() {
    this.open = null;
    this.plate.classList.remove("drawing-now");
    this.drawButton.querySelector("span").textContent = "Draw a zone";
    this.hint.textContent = this.usual;
    this.drawOpen();
  }

  close() {
    const corners = this.open;
    this.stop();
    this.add(corners);
  }

  rectangle() {
    if (this.full()) return;
    this.stop();
    const off = 0.03 * (this.host.zones().length % 5);
    this.add([[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]].map(([x, y]) => [rounded(x + off), rounded(y + off)]));
  }

  full() {
    const full = this.host.zones().length >= this.host.most;
    if (full) announce(`There are ${this.host.most} zones already`);
    return full;
  }

  add(corners) {
    this.host.zones().push({ kind: "ignore", corners, name: "", alarms_per_day: null, cool_down_s: null, hours: [] });
    this.choose(this.host.zones().length - 1);
    this.host.added();
    this.host.changed();
    announce("A zone is added");
  }

  press(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    if (!this.open) {
      const shape = event.target.closest("polygon[data-number]");
      this.choose(shape ? Number(shape.dataset.number) : -1);
      if (shape) this.drag(event, (by) => this.shift(by));
      return;
    }
    event.preventDefault();
    const at = this.place(event);
    const box = this.plate.getBoundingClientRect();
    const [first] = this.open;
    const near = first && Math.hypot((at[0] - first[0]) * box.width, (at[1] - first[1]) * box.height) < NEAR;
    if (near && this.open.length > 2) return this.close();
    if (!near && this.open.length < this.host.mostCorners) this.open.push(at);
    this.drawOpen(at);
  }

  drawOpen(at) {
    const points = this.open ? [...this.open, ...(at ? [at] : [])] : [];
    this.drawing.setAttribute("points", points.map((point) => point.join()).join(" "));
    this.corners.querySelectorAll(".open").forEach((dot) => dot.remove());
    for (const [x, y] of this.open ?? []) {
      const dot = Object.assign(document.createElement("i"), { className: "open" });
      dot.style.left = percent(x);
      dot.style.top = percent(y);
      this.corners.append(dot);
    }
  }

  // --- the ones that there are

  choose(number) {
    if (this.chosen === number) return;
    this.chosen = number;
    this.host.chosen(number);
    this.draw();
  }

  draw() {
    const zones = this.host.zones();
    const shapeOf = (zone, names) => {
      const shape = document.createElementNS(SVG, "polygon");
      shape.setAttribute("class", names);
      shape.setAttribute("points", zone.corners.map((corner) => corner.join()).join(" "));
      return shape;
    };
    const drawn = zones.map((zone, number) => shapeOf(zone, `${zone.kind}${number === this.chosen ? " chosen" : ""}`));
    drawn.forEach((shape, number) => (shape.dataset.number = number));
    this.shapes.replaceChildren(...drawn, ...this.host.proposed().map((zone) => shapeOf(zone, "proposed")));
    const holes = zones.filter((zone) => zone.kind !== "ignore").map((zone) => `M${zone.corners.map((corner) => corner.join()).join("L")}Z`);
    this.outside.setAttribute("d", zones.some((zone) => zone.kind === "only") ? `M0,0H1V1H0Z${holes.join("")}` : "");
    this.drawCorners(zones);
  }

  // Let a proposal stand out.
  point(number) {
    this.shapes.querySelectorAll(".proposed").forEach((shape, n) => shape.classList.toggle("chosen", n === number));
  }

  drawCorners(zones) {
    const focus = document.activeElement?.dataset?.corner;
    const buttons = zones.flatMap((zone, number) => zone.corners.map((corner, at) => this.cornerOf(zone, number, at)));
    const chosen = zones[this.chosen];
    if (chosen) buttons.push(...chosen.corners.map((_, at) => this.middleOf(chosen, at)), ...this.labels(zones));
    else buttons.push(...this.labels(zones));
    this.corners.replaceChildren(...buttons);
    if (focus) this.corners.querySelector(`[data-corner="${focus}"]`)?.focus({ preventScroll: true });
  }

  labels(zones) {
    return zones
      .filter((zone) => zone.kind === "named" && zone.name)
      .map((zone) => {
        const label = Object.assign(document.createElement("b"), { className: "label", textContent: zone.name });
        const top = zone.corners.reduce((best, corner) => (corner[1] < best[1] ? corner : best));
        label.style.left = percent(top[0]);
        label.style.top = percent(top[1]);
        return label;
      });
  }

  cornerOf(zone, number, at) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `corner ${zone.kind}${number === this.chosen ? " chosen" : ""}`;
    button.dataset.corner = `${number}.${at}`;
    this.put(button, zone, number, at);
    button.addEventListener("focus", () => this.choose(number));
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.open) return;
      this.choose(number);
      this.drag(event, ([x, y]) => this.move(at, [zone.corners[at][0] + x, zone.corners[at][1] + y]));
    });
    button.addEventListener("keydown", (event) => this.key(event, zone, number, at));
    return button;
  }

  put(button, zone, number, at) {
    const [x, y] = zone.corners[at];
    button.style.left = percent(x);
    button.style.top = percent(y);
    const where = `${(100 * x).toFixed(1)} % from the left, ${(100 * y).toFixed(1)} % from the top`;
    button.setAttribute("aria-label", `Corner ${at + 1} of ${zone.corners.length}, zone ${number + 1}, ${this.host.titleOf(zone)}: ${where}`);
  }

  middleOf(zone, at) {
    const [one, other] = [zone.corners[at], zone.corners[(at + 1) % zone.corners.length]];
    const middle = [rounded((one[0] + other[0]) / 2), rounded((one[1] + other[1]) / 2)];
    const dot = Object.assign(document.createElement("i"), { className: "middle" });
    dot.style.left = percent(middle[0]);
    dot.style.top = percent(middle[1]);
    dot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || zone.corners.length >= this.host.mostCorners) return;
      event.stopPropagation();
      zone.corners.splice(at + 1, 0, middle);
      this.draw();
      this.drag(event, ([x, y]) => this.move(at + 1, [zone.corners[at + 1][0] + x, zone.corners[at + 1][1] + y]));
    });
    return dot;
  }

  key(event, zone, number, at) {
    const far = event.shiftKey ? 10 * STEP : STEP;
    const by = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
    const [x, y] = zone.corners[at];
    if (by) this.move(at, [x + by[0], y + by[1]]);
    else if (["Insert", "+"].includes(event.key) && zone.corners.length < this.host.mostCorners) {
      const other = zone.corners[(at + 1) % zone.corners.length];
      zone.corners.splice(at + 1, 0, [rounded((x + other[0]) / 2), rounded((y + other[1]) / 2)]);
      this.after(number, at + 1, "A corner is added");
    } else if (["Delete", "Backspace"].includes(event.key)) {
      if (zone.corners.length <= 3) announce("A zone needs three corners");
      else {
        zone.corners.splice(at, 1);
        this.after(number, Math.max(0, at - 1), "The corner is removed");
      }
    } else return;
    event.preventDefault();
  }

  after(number, at, words) {
    this.draw();
    this.corners.querySelector(`[data-corner="${number}.${at}"]`).focus({ preventScroll: true });
    this.host.changed();
    announce(words);
  }

  move(at, [x, y]) {
    this.host.zones()[this.chosen].corners[at] = [rounded(x), rounded(y)];
    this.draw();
    this.host.changed();
  }

  shift([x, y]) {
    const { corners } = this.host.zones()[this.chosen];
    const stays = corners.every(([cx, cy]) => cx + x === within(cx + x) && cy + y === within(cy + y));
    if (!stays) return;
    corners.forEach((corner, at) => (corners[at] = [rounded(corner[0] + x), rounded(corner[1] + y)]));
    this.draw();
    this.host.changed();
  }

  // Follow a pointer until it is let go; `act` hears by how much it has moved since it was last told.
  drag(event, act) {
    event.preventDefault();
    const box = this.plate.getBoundingClientRect();
    const at = (one) => [(one.clientX - box.left) / box.width, (one.clientY - box.top) / box.height];
    let last = at(event);
    const moved = (one) => {
      if (one.pointerId !== event.pointerId) return;
      const now = at(one);
      act([now[0] - last[0], now[1] - last[1]]);
      last = now;
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
  }

  // --- where the past week's events were

  showFeet(events) {
    this.feet.replaceChildren(
      ...events
        .filter((one) => one.at)
        .toReversed()
        .map((one) => {
          const dot = document.createElementNS(SVG, one.counts ? "circle" : "svg");
          if (one.counts) {
            dot.setAttribute("cx", percent(one.at[0]));
            dot.setAttribute("cy", percent(one.at[1]));
            dot.setAttribute("r", 5);
            dot.setAttribute("class", one.alarm ? "alarm" : "");
          } else {
            dot.setAttribute("x", percent(one.at[0]));
            dot.setAttribute("y", percent(one.at[1]));
            dot.setAttribute("class", "gone");
            const cross = document.createElementNS(SVG, "path");
            cross.setAttribute("d", "M-5-5L5 5M5-5L-5 5");
            dot.append(cross);
          }
          return dot;
        }),
    );
  }
}
