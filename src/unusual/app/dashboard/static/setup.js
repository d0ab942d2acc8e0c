// A camera is set up: looked through, recorded, learnt, asked about, watched. Each step is a page of the server; this asks
// for the next one when it has come, and shows in between how far it is.
import { announce, post, repeat } from "/static/net.js";

const page = document.querySelector("[data-setup]");
const camera = page?.dataset.setup;
const setup = `/api/v1/setups/${camera}`;
const field = (name, place = document) => place.querySelector(`[data-field=${name}]`);

function say(place, words, bad = false) {
  place.textContent = words;
  place.className = bad ? "trouble" : "quiet";
}

// Do what a button asks for; the words beside it say what becomes of it.
async function doing(place, words, what) {
  const said = field("said", place);
  const buttons = [...place.querySelectorAll("button:not(:disabled)")];
  for (const button of buttons) button.disabled = true;
  say(said, words);
  try {
    return await what();
  } catch (error) {
    say(said, `${error.message[0].toUpperCase()}${error.message.slice(1)}.`, true);
    return null;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

for (const form of document.querySelectorAll("[data-begin]"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = form.dataset.camera ?? form.elements.camera.value.trim();
    const told = { camera: name, source: form.elements.source.value.trim() };
    if (await doing(form, "Looking through it, for up to a quarter of a minute …", () => post("/api/v1/setups", told))) location.assign(`/add/${name}`);
  });

// --- footage

const learning = document.querySelector("[data-learn]");
learning?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const paths = (learning.elements.paths?.value ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  const told = { record_s: Number(learning.elements.record.value), paths };
  if (await doing(learning, "Beginning …", () => post(`${setup}/learn`, told))) location.reload();
});

learning?.querySelector("[data-forget]").addEventListener("click", async () => {
  if (!confirm(`Forget ${camera}? Its recordings stay.`)) return;
  if (await doing(learning, "", () => post(`${setup}/forget`, {}))) location.assign("/add");
});

for (const button of document.querySelectorAll("[data-uploads] [data-remove]"))
  button.addEventListener("click", async () => {
    if (await doing(learning, "", () => post(`${setup}/footage/remove`, { name: button.dataset.remove }))) location.reload();
  });

function upload(file, tell) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not say how far it is
    request.open("POST", `${setup}/footage?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("x-unusual", "1");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => tell(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status === 200) return done();
      let words = `the server answered ${request.status}`;
      try {
        words = JSON.parse(request.response).detail;
      } catch { /* it was no JSON */ }
      failed(new Error(words));
    });
    request.addEventListener("error", () => failed(new Error("the connection broke, or the server did not take it")));
    request.send(file);
  });
}

learning?.querySelector("[data-files]").addEventListener("change", async (event) => {
  const files = [...event.target.files];
  const coming = learning.querySelector("[data-coming]");
  const bar = coming.querySelector("progress");
  const words = field("coming", coming);
  coming.hidden = false;
  event.target.disabled = true;
  const refused = [];
  for (const [number, file] of files.entries()) {
    const which = files.length > 1 ? `${file.name}, ${number + 1} of ${files.length}` : file.name;
    say(words, `${which} …`);
    try {
      await upload(file, (share) => {
        bar.value = share;
        if (share === 1) say(words, `${which}: looking at it …`);
      });
    } catch (error) {
      refused.push(`${file.name}: ${error.message}`);
    }
  }
  event.target.disabled = false;
  event.target.value = "";
  if (!refused.length) return location.reload();
  bar.hidden = true;
  say(words, `${refused.join("; ")}.`, true);
});

// --- how far it is

if (page && ["learning", "asked"].includes(page.dataset.step)) {
  const place = document.querySelector("[data-progress]");
  const show = (told) => {
    const title = field("stage", place);
    const stage = `${told.stage || "beginning"}`.replace(/^./, (letter) => letter.toUpperCase());
    if (title.textContent !== stage) announce((title.textContent = stage));
    field("words", place).textContent = told.words;
    const bar = place.querySelector("progress");
    if (told.done === null) bar.removeAttribute("value");
    else bar.value = told.done;
    field("left", place).textContent = told.left ? `about ${told.left} left of this stage` : "";
    place.querySelector("[data-end=enough]").hidden = told.stage !== "recording";
    place.querySelector("[data-found]").hidden = !told.log.length;
    const log = place.querySelector("[data-log]");
    for (const line of told.log.slice(log.children.length)) log.append(Object.assign(document.createElement("li"), { textContent: line }));
  };
  repeat(async () => {
    const answer = await fetch(setup, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    if (told.step !== page.dataset.step) location.reload();
    else if (place) show(told);
  }, 1000);
}

for (const button of document.querySelectorAll("[data-end]"))
  button.addEventListener("click", async () => {
    const stop = button.dataset.end === "stop";
    if (stop && !confirm("Stop the learning? What was recorded and answered is kept.")) return;
    if (await doing(button.closest("form, section"), stop ? "Stopping …" : "The recording is being closed …", () => post(`${setup}/end`, { do: button.dataset.end })) && stop) location.reload();
  });

// --- odd moments

const answers = document.querySelector("[data-answers]");
answers?.querySelector("[data-all]").addEventListener("click", (event) => {
  for (const radio of answers.querySelectorAll(`[value=${event.currentTarget.dataset.all}]`)) radio.checked = true;
  announce("All are marked ordinary");
  answers.querySelector("button.main").focus();
});
answers?.addEventListener("click", (event) => {
  const clip = event.target.closest("[data-play], video")?.closest("fieldset").querySelector("video");
  if (clip?.paused) clip.play();
  else if (clip) clip.load(); // the picture with its box again
});
answers?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = [...answers.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one.querySelector(":checked").value]);
  if (await doing(answers, "", () => post(`${setup}/answers`, { answers: Object.fromEntries(told) }))) location.reload();
});

// --- who is told, and watching

const alerts = document.querySelector("[data-alerts]");
// How an address of each way looks, and what leaves this machine by it.
const LINK = "which opens without a log-in, for everybody who has it, for a day";
const ways = {
  webhook: { address: "Web address", picture: `With a link to the event's picture, ${LINK}`, clip: `With a link to its clip, ${LINK}` },
  apprise: { address: "Address of apprise, as ntfys://my-topic or mailtos://user:password@mail.example", picture: "With the event's picture: it leaves this machine", clip: "With its clip: it leaves this machine" },
  mqtt: { address: "Address of the broker, as mqtt://user:password@192.168.1.5 or mqtts://…", picture: "The event's picture is published: it leaves this machine", clip: `With a link to its clip, ${LINK}`, commands: "Cameras may be armed, quietened and set over it, by everybody who may write to the broker" },
};
function showWay() {
  const way = alerts.elements.way.value;
  alerts.querySelector("[data-where]").hidden = way === "none";
  field("address-name", alerts).textContent = ways[way]?.address ?? "Address";
  for (const name of ["picture", "clip", "commands"]) {
    alerts.elements[name].closest("label").hidden = !ways[way]?.[name];
    field(`${name}-words`, alerts).textContent = ways[way]?.[name] ?? "";
  }
}
if (alerts?.elements.way) {
  showWay();
  alerts.addEventListener("input", showWay);
}
alerts?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { way, address, link, picture, clip, commands, digest, snooze } = alerts.elements;
  const told = { way: way.value, address: address.value.trim(), link: link.value.trim(), picture: picture.checked, clip: clip.checked, commands: commands.checked, digest: digest.value || null, snooze_minutes: Number(snooze.value) };
  const kept = await doing(alerts, "Saving …", () => post("/api/v1/alerting", told));
  if (!kept) return;
  address.value = "";
  address.placeholder = kept.address ? `as it is: ${kept.address}` : "";
  alerts.querySelector("[data-test]").disabled = kept.way === "none";
  say(field("said", alerts), "Saved.");
});
alerts?.querySelector("[data-test]")?.addEventListener("click", async (event) => {
  const { test } = event.currentTarget.dataset;
  const tried = await doing(alerts, "Sending …", () => post("/api/v1/alerting/test", { camera: test }));
  if (!tried) return;
  const lines = tried.map((one) => (one.why ? `${one.by}: ${one.why}` : `${one.by}: it has arrived`));
  say(field("said", alerts), `${lines.join("; ")}.`, tried.some((one) => one.why));
});

for (const button of document.querySelectorAll("[data-watch]"))
  button.addEventListener("click", async () => {
    const watched = button.dataset.watch === "yes";
    const name = button.dataset.camera ?? camera;
    const done = await doing(button.closest("section, article"), watched ? "Starting …" : "Stopping …", () => post(`/api/v1/cameras/${name}/watch`, { watched }));
    if (done) location.assign(watched ? "/" : location.pathname);
  });
