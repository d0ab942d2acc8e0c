// Zones: polygons on a camera's picture, by mouse, touch and keyboard. Nothing is kept before "Save".
import { announce, post, showUnreviewed } from "/static/net.js";
import { Polygons } from "/static/polygons.js";

const page = document.querySelector("[data-zones-of]");
const camera = page.dataset.zonesOf;
const form = page.querySelector(".ruling");
const list = form.querySelector(".zones");
const save = form.querySelector(".save button");
const back = form.querySelector("[data-back]");
const week = new Map([...document.querySelectorAll("[data-week] li")].map((row) => [row.dataset.id, row]));
const field = (name, place = document) => place.querySelector(`[data-field=${name}]`);
let kept = JSON.stringify({ zones: JSON.parse(page.dataset.zones), proposed: JSON.parse(page.dataset.proposed) });
let { zones, proposed } = JSON.parse(kept);

const titles = { ignore: "Ignored", only: "Only here", named: "" };
const titleOf = (zone) => (zone.kind === "named" ? zone.name || "A named zone" : titles[zone.kind]);

const polygons = new Polygons(page, {
  zones: () => zones,
  proposed: () => proposed,
  titleOf,
  most: Number(page.dataset.most),
  mostCorners: Number(page.dataset.mostCorners),
  changed: () => changed(),
  chosen: (number) => showChosen(number),
  added: () => {
    renderList();
    list.lastElementChild.querySelector("select").focus();
  },
});

// --- the list of zones beside the picture

function renderList() {
  list.replaceChildren(...zones.map(cardOf));
  form.querySelector(".proposals").replaceChildren(...proposed.map(proposalOf));
  form.querySelector("[data-when-none]").hidden = zones.length > 0;
  showChosen(polygons.chosen);
}

function cardOf(zone, number) {
  const card = document.getElementById("zone").content.cloneNode(true).firstElementChild;
  const input = (name) => card.querySelector(`[name=${name}]`);
  input("kind").value = zone.kind;
  input("name").value = zone.name;
  input("alarms_per_day").value = zone.alarms_per_day ?? "";
  input("cool_down").value = zone.cool_down_s === null ? "" : zone.cool_down_s / 60;
  input("hours").value = (zone.hours ?? []).join("\n");
  const show = () => {
    const named = zone.kind === "named";
    for (const part of card.querySelectorAll("[data-named]")) part.hidden = !named;
    field("title", card).textContent = titleOf(zone);
    card.className = `card zone ${zone.kind}`;
    card.querySelector("[data-remove]").setAttribute("aria-label", `Remove the zone ${titleOf(zone)}`);
    field("wrong", card).textContent = named && !zone.name ? "It needs a name." : "";
  };
  const read = () => {
    const number = (name) => (input(name).value === "" ? null : Number(input(name).value));
    const named = input("kind").value === "named";
    zone.kind = input("kind").value;
    zone.name = named ? input("name").value.trim() : "";
    zone.alarms_per_day = named ? number("alarms_per_day") : null;
    zone.cool_down_s = named && number("cool_down") !== null ? 60 * number("cool_down") : null;
    zone.hours = named ? input("hours").value.split("\n").map((line) => line.trim()).filter(Boolean) : [];
    show();
    polygons.draw();
    changed();
  };
  show();
  card.addEventListener("input", read);
  card.addEventListener("focusin", () => polygons.choose(number));
  card.querySelector("[data-remove]").addEventListener("click", () => {
    zones.splice(number, 1);
    polygons.choose(-1);
    renderList();
    changed();
    announce("The zone is removed");
    document.querySelector("[data-draw]").focus();
  });
  return card;
}

function proposalOf(zone) {
  const card = document.getElementById("proposal").content.cloneNode(true).firstElementChild;
  const decide = (words) => {
    proposed = proposed.filter((one) => one !== zone);
    renderList();
    polygons.draw();
    changed();
    announce(words);
    (form.querySelector("[data-yes]") ?? save).focus({ preventScroll: true });
  };
  card.querySelector("[data-yes]").addEventListener("click", () => {
    zones.push(zone);
    decide("It is an ignored zone now");
  });
  card.querySelector("[data-no]").addEventListener("click", () => decide("It counts"));
  for (const kind of ["pointerenter", "focusin"]) card.addEventListener(kind, () => polygons.point(proposed.indexOf(zone)));
  for (const kind of ["pointerleave", "focusout"]) card.addEventListener(kind, () => polygons.point(-1));
  return card;
}

function showChosen(number) {
  [...list.children].forEach((card, n) => card.classList.toggle("chosen", n === number));
}

// --- what they make of the past week

let asked = 0;
async function changed() {
  const same = JSON.stringify({ zones, proposed }) === kept;
  save.disabled = same;
  back.disabled = same;
  field("saved").textContent = same ? "" : "not saved yet";
  const turn = ++asked;
  if (zones.some((zone) => zone.kind === "named" && !zone.name)) {
    save.disabled = true;
    field("saved").textContent = "a named zone needs a name";
    return;
  }
  await new Promise((ready) => setTimeout(ready, 200));
  if (turn !== asked) return;
  try {
    const told = await post(`/api/v1/cameras/${camera}/zones/effect`, { zones });
    if (turn === asked) showEffect(told);
  } catch (error) {
    if (turn !== asked) return;
    save.disabled = true;
    field("saved").textContent = error.message;
  }
}

function showEffect(told) {
  for (const [name, key] of [["left", "left"], ["events", "events"], ["alarms-left", "alarms_left"], ["alarms", "alarms"]])
    field(name).textContent = told[key];
  polygons.showFeet(told.each);
  for (const one of told.each) {
    const row = week.get(one.id);
    if (!row) continue;
    row.classList.toggle("gone", !one.counts);
    const chip = row.querySelector(".zone-chip");
    chip.hidden = one.counts && !one.zone;
    chip.textContent = one.counts ? one.zone : "does not count";
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  save.disabled = true;
  const saving = JSON.stringify({ zones, proposed });
  try {
    const told = await post(`/api/v1/cameras/${camera}/zones`, JSON.parse(saving));
    kept = saving;
    back.disabled = true;
    showUnreviewed(told.unreviewed);
    showEffect(told);
    field("saved").textContent = "Saved. The watcher takes it up within seconds.";
  } catch (error) {
    save.disabled = false;
    field("saved").textContent = `Not saved: ${error.message}`;
  }
});

back.addEventListener("click", () => {
  ({ zones, proposed } = JSON.parse(kept));
  polygons.choose(-1);
  renderList();
  changed();
});
addEventListener("beforeunload", (event) => save.disabled || event.preventDefault());

// --- the picture: as it was learnt, or as it is now

page.querySelector("[data-now-switch]")?.addEventListener("click", (event) => {
  const { currentTarget: now } = event;
  const image = page.querySelector(".plate img");
  now.setAttribute("aria-pressed", now.getAttribute("aria-pressed") !== "true");
  [image.src, image.dataset.other] = [image.dataset.other, image.getAttribute("src")];
});

renderList();
polygons.draw();
showEffect(JSON.parse(page.dataset.effect));
