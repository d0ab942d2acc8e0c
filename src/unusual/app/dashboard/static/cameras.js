// The wall of cameras: every second what each of them does, its picture without flicker, its curve gliding to the left.
import { announce, calm, repeat, showUnreviewed, watched } from "/static/net.js";
import { showDuty, showMuted } from "/static/duty.js";
import { keepRows } from "/static/rows.js";

const cards = new Map([...document.querySelectorAll("[data-camera]")].map((card) => [card.dataset.camera, card]));
const learnings = new Map([...document.querySelectorAll("[data-learning]")].map((card) => [card.dataset.learning, card]));
const icons = document.getElementById("icons").content;
const field = (card, name) => card.querySelector(`[data-field=${name}]`);
const put = (place, words) => place && place.textContent !== words && (place.textContent = words);

function chip(place, one) {
  if (!one) return put(place, "–");
  const span = document.createElement("span");
  span.className = `state ${one.tone}`;
  const words = document.createElement("span");
  words.textContent = one.label;
  const icon = icons.querySelector(`[data-icon=${one.icon}] svg`);
  span.append(...(icon ? [icon.cloneNode(true), " "] : []), words);
  if (place.textContent.trim() !== one.label) place.replaceChildren(span);
}

function showState(card, one) {
  const place = field(card, "state");
  if (place.textContent.trim() === one.label) return;
  const icon = icons.querySelector(`[data-icon=${one.icon}] svg`);
  place.className = `state ${one.tone}`;
  place.replaceChildren(...(icon ? [icon.cloneNode(true), " "] : []), Object.assign(document.createElement("span"), { textContent: one.label }));
  announce(`${card.dataset.camera}: ${one.label}`);
}

async function showPicture(card, camera) {
  const place = card.querySelector(".picture");
  if (!camera.picture && place.dataset.picture) {
    place.querySelector("img")?.replaceWith(Object.assign(document.createElement("p"), { textContent: "No picture now" }));
    place.dataset.picture = "";
  }
  if (!camera.picture || place.dataset.picture === camera.picture || place.dataset.loading) return;
  place.dataset.loading = "yes";
  try {
    const next = new Image();
    next.src = `/live/${camera.camera}.jpg?at=${camera.picture}`;
    next.alt = `Newest picture of ${camera.camera}, with a heat map of what is unusual`;
    await next.decode(); // only a picture that can be drawn at once takes the old one's place
    const old = place.querySelector("img, p:not(.veil)");
    if (old) old.replaceWith(next);
    else place.prepend(next);
    place.dataset.picture = camera.picture;
    place.style.aspectRatio = `${next.naturalWidth} / ${next.naturalHeight}`;
  } catch { /* it was being replaced: the next one comes in a second */ }
  delete place.dataset.loading;
}

const curves = new Map(); // by camera: the origin of its time, and where it stands
function showCurve(card, camera) {
  const slide = card.querySelector(".slide");
  const curve = curves.get(card) ?? { origin: camera.utc };
  curves.set(card, curve);
  if (camera.utc - curve.origin > 3600) curve.origin = camera.utc; // numbers stay small
  const points = camera.points;
  const top = Math.max(1, 1.15 * (camera.limit ?? 0), ...points.map((one) => one[1])) * 1.15;
  const y = (score) => (100 - (100 * Math.max(score, 0)) / top).toFixed(1);
  const x = (utc) => (utc - curve.origin).toFixed(1);
  const runs = [];
  points.forEach((one, i) => {
    if (i === 0 || one[0] - points[i - 1][0] > 3) runs.push([]);
    runs.at(-1).push(`${x(one[0])},${y(one[1])}`);
  });
  const line = runs.map((run) => `M${run.join("L")}`).join("");
  const ground = runs.map((run) => `M${run[0].split(",")[0]},100L${run.join("L")}L${run.at(-1).split(",")[0]},100Z`).join("");
  slide.querySelector(".curve").setAttribute("d", line);
  slide.querySelector(".area").setAttribute("d", ground);
  const high = [];
  if (camera.limit !== null)
    points.forEach((one, i) => {
      if (one[1] >= camera.limit && i && one[0] - points[i - 1][0] <= 3)
        high.push(`M${x(points[i - 1][0])},${y(points[i - 1][1])}L${x(one[0])},${y(one[1])}`);
    });
  slide.querySelector(".high").setAttribute("d", high.join(""));
  const shift = curve.origin - camera.utc;
  const jump = calm.matches || curve.shift === undefined || Math.abs(shift - curve.shift) > 3;
  slide.style.transition = jump ? "none" : "transform 1.1s linear";
  slide.style.transform = `translateX(${shift}px)`;
  curve.shift = shift;
  const limit = card.querySelector(".limit");
  const words = field(card, "threshold");
  limit.toggleAttribute("hidden", camera.limit === null);
  if (camera.limit === null) return put(words, "");
  const at = 100 - (100 * camera.limit) / top;
  limit.setAttribute("y1", `${at}%`);
  limit.setAttribute("y2", `${at}%`);
  words.style.top = `${at}%`;
  put(words, camera.threshold);
}

function show(camera) {
  const card = cards.get(camera.camera);
  showState(card, camera.state);
  put(field(card, "words"), camera.words);
  card.dataset.tone = camera.state.tone;
  card.classList.toggle("alarming", Boolean(camera.event));
  const event = field(card, "event");
  event.hidden = !camera.event;
  if (camera.event) event.href = `/events/${camera.event}`;
  showPicture(card, camera);
  showDuty(card, camera.duty);
  showMuted(card, camera.muted);
  card.classList.toggle("unwatched", camera.utc === undefined);
  if (camera.utc === undefined) return;
  chip(field(card, "health"), camera.health);
  for (const name of ["score", "in", "scored", "dropped", "gap", "fps", "delay"]) put(field(card, name), camera[name]);
  const silent = camera.health === null;
  card.classList.toggle("silent", silent);
  const veil = field(card, "veil");
  veil.hidden = !silent && camera.state.tone !== "bad";
  put(veil, silent ? "the last picture there is" : camera.state.label);
  card.querySelector(".moving").setAttribute("aria-label", `Score of ${camera.camera} in the last two minutes: now ${camera.score}, ${camera.threshold}`);
  showCurve(card, camera);
}

const ask = watched("/live");
repeat(async () => {
  const told = await ask("json");
  if (told === null) return;
  showUnreviewed(told.unreviewed);
  const names = told.cameras.map((one) => one.camera);
  const learning = told.learning.map((one) => one.camera);
  if (names.join() !== [...cards.keys()].join() || learning.join() !== [...learnings.keys()].join()) location.reload();
  else {
    told.cameras.forEach(show);
    for (const one of told.learning) {
      const card = learnings.get(one.camera);
      put(field(card, "stage"), one.stage);
      put(field(card, "words"), one.words);
      card.querySelector("progress").value = one.share;
    }
  }
}, 1000);

const latest = document.querySelector("[data-rows]");
if (latest) keepRows(latest, 2000);
