// What cameras are to do, said by hand: of one, or of several at once by a profile.
import { announce, post } from "/static/net.js";

const field = (place, name) => place.querySelector(`[data-field=${name}]`);

export function showDuty(card, duty) {
  const group = card.querySelector("[data-duty]");
  if (!group || group.dataset.busy) return;
  for (const button of group.querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset.mode === (duty.by_hand ? duty.mode : "hours")));
  const words = field(card, "duty");
  if (words.textContent !== duty.words) words.textContent = duty.words;
  card.dataset.mode = duty.mode;
}

for (const group of document.querySelectorAll("[data-duty]")) {
  const card = group.closest("[data-camera]");
  group.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const hours = button.dataset.mode === "hours";
    group.dataset.busy = "yes";
    try {
      const told = { mode: hours ? null : button.dataset.mode, until: hours ? null : field(card, "until").value || null };
      const duty = await post(`/api/v1/cameras/${card.dataset.camera}/duty`, told);
      delete group.dataset.busy;
      showDuty(card, duty);
      announce(`${card.dataset.camera} is ${duty.words}`);
    } catch (error) {
      delete group.dataset.busy;
      field(card, "duty").textContent = error.message;
    }
  });
}

export function showMuted(card, until) {
  card.querySelector("[data-field=muted]").hidden = !until;
  const place = field(card, "muted-until");
  if (place.textContent !== until) place.textContent = until;
}

for (const button of document.querySelectorAll("[data-unmute]")) {
  const card = button.closest("[data-camera]");
  button.addEventListener("click", async () => {
    try {
      showMuted(card, (await post(`/api/v1/cameras/${card.dataset.camera}/mute`, { muted: false })).muted);
      announce(`alerts of ${card.dataset.camera} are let through again`);
    } catch (error) {
      button.textContent = error.message;
    }
  });
}

const profiles = document.querySelector("[data-profiles]");
const said = profiles && field(profiles, "profile-said");

async function ask(name, act) {
  try {
    const told = await post("/api/v1/profiles", { name, do: act });
    for (const [camera, duty] of Object.entries(told.duties)) {
      const card = document.querySelector(`[data-camera="${camera}"]`);
      if (card) showDuty(card, duty);
    }
    said.textContent = { take: `${name} is in force`, keep: `${name} is kept`, forget: `${name} is forgotten` }[act];
    showProfiles(told.profiles);
  } catch (error) {
    said.textContent = error.message;
  }
}

function showProfiles(names) {
  const list = profiles.querySelector("[data-list]");
  list.replaceChildren(
    ...names.map((name) => {
      const item = document.createElement("span");
      const take = Object.assign(document.createElement("button"), { type: "button", textContent: name });
      const forget = Object.assign(document.createElement("button"), { type: "button", textContent: "×", className: "plain" });
      forget.setAttribute("aria-label", `Forget the profile ${name}`);
      take.addEventListener("click", () => ask(name, "take"));
      forget.addEventListener("click", () => ask(name, "forget"));
      item.append(take, forget);
      return item;
    }),
  );
}

if (profiles) {
  showProfiles(JSON.parse(profiles.dataset.profiles));
  profiles.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = event.target.elements.name.value.trim();
    if (name) ask(name, "keep");
    event.target.reset();
  });
}
