// Events taken along: a parcel is packed by the server, and fetched once it is ready.
import { announce, post } from "/static/net.js";

const form = document.querySelector("[data-along]");
const bar = form.querySelector("progress");
const said = form.querySelector("[data-field=along]");
const button = form.querySelector("button");

function say(words) {
  said.textContent = words;
  announce(words);
}

async function follow(parcel) {
  while (parcel.state === "packing") {
    bar.value = parcel.done / parcel.events;
    said.textContent = `${parcel.done} of ${parcel.events} events are packed`;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await fetch(`/api/v1/exports/${parcel.id}`, { cache: "no-store" });
    if (!answer.ok) throw new Error("the parcel is lost");
    parcel = await answer.json();
  }
  if (parcel.state === "failed") throw new Error(parcel.words);
  location.assign(`/api/v1/exports/${parcel.id}/events.zip`);
  const size = parcel.bytes < 1e6 ? "less than a megabyte" : `${(parcel.bytes / 1e6).toFixed(0)} MB`;
  say(`${parcel.events} events, ${size}. ${parcel.words}`);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  bar.hidden = false;
  try {
    await follow(await post("/api/v1/exports", { which: JSON.parse(form.dataset.along), boxes: form.elements.boxes.checked }));
  } catch (error) {
    say(`Not packed: ${error.message}`);
  }
  bar.hidden = true;
  button.disabled = false;
});
