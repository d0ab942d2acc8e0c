// The slider says at once what it would have meant; nothing is kept before "Save".
import { announce, post } from "/static/net.js";

// A bar and a number for each hour of the day: the score from which on it is an alarm.
const hoursOf = ({ light, general, scores }) => {
  const list = document.createElement("ol");
  list.className = "hourly";
  list.setAttribute("aria-label", `Alarms start at this score${light && ` in ${light}`}, hour by hour`);
  const top = Math.max(...scores);
  list.append(
    ...scores.map((score, hour) => {
      const item = document.createElement("li");
      const name = Object.assign(document.createElement("span"), { textContent: `${hour}:00`, className: "quiet" });
      item.style.setProperty("--share", Math.max(0, score / top));
      item.append(name, score.toFixed(2));
      if (score === general) item.className = "unknown";
      return item;
    }),
  );
  const title = Object.assign(document.createElement("p"), { textContent: light ? `In ${light}` : "", hidden: !light });
  return [title, list];
};

for (const form of document.querySelectorAll("[data-setting]")) {
  const camera = form.dataset.setting;
  const field = (name) => form.querySelector(`[data-field=${name}]`);
  const slider = form.elements.alarms;
  const save = form.querySelector(".save button");
  const choices = slider ? JSON.parse(slider.dataset.choices) : [];
  const choice = () => choices[Number(slider.value)];

  const show = () => {
    const one = choice();
    field("alarms").textContent = one.alarms;
    field("unit").textContent = one.alarms === 1 ? "alarm a day" : "alarms a day";
    field("count").textContent = one.count;
    field("words").textContent = one.words;
    field("hours")?.replaceChildren(...one.hourly.flatMap(hoursOf));
    slider.setAttribute("aria-valuetext", `${one.alarms} a day: ${one.count} events of the past week`);
    for (const bar of form.querySelectorAll("[data-bar]")) bar.classList.toggle("here", bar.dataset.bar === slider.value);
  };
  let alarms; // as they were, unless they are moved; null: as the footage supports
  const changed = () => {
    if (save) save.disabled = false;
    if (save) field("saved").textContent = "not saved yet";
  };
  if (slider) {
    show();
    slider.addEventListener("input", () => ((alarms = choice().alarms), show(), changed()));
    form.querySelector("[data-auto]").addEventListener("click", (event) => {
      slider.value = event.currentTarget.dataset.auto;
      alarms = null;
      show();
      changed();
    });
    form.elements.cool.addEventListener("input", changed);
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!slider) return;
    save.disabled = true;
    try {
      await post(`/api/v1/cameras/${camera}/settings`, { alarms_per_day: alarms, cool_down_s: 60 * Number(form.elements.cool.value) });
      field("saved").textContent = "Saved. The watcher takes it up within seconds.";
    } catch (error) {
      save.disabled = false;
      field("saved").textContent = `Not saved: ${error.message}`;
    }
    announce(field("saved").textContent);
  });
  const mute = form.querySelector("[data-mute]");
  mute.addEventListener("click", async () => {
    try {
      const { muted } = await post(`/api/v1/cameras/${camera}/mute`, { muted: mute.dataset.mute === "off" });
      mute.dataset.mute = muted ? "on" : "off";
      mute.querySelector("span").textContent = muted ? "Let alerts through again" : "Mute alerts for an hour";
      field("muted").textContent = muted ? `muted until ${muted}` : "";
      announce(muted ? `${camera} is muted until ${muted}` : `${camera} is not muted`);
    } catch (error) {
      field("muted").textContent = `Not saved: ${error.message}`;
    }
  });
}
