// The list of events: filters, and the keys that go through it.
import { announce, post, showUnreviewed, typing } from "/static/net.js";
import { keepRows } from "/static/rows.js";

const form = document.querySelector(".filters");
if (matchMedia("(min-width: 40.01rem)").matches) form.closest("details").open = true;
form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", () => {
  for (const field of form.elements) if (field.value === "") field.disabled = true; // keeps the address short
});
addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });

const list = document.querySelector(".rows");
if (list.dataset.rows) keepRows(list, 2000);

const links = () => [...list.querySelectorAll(".row > a")];
const current = () => document.activeElement?.closest?.(".row") ?? null;

function step(by) {
  const all = links();
  const here = all.indexOf(document.activeElement);
  const next = all[here < 0 ? 0 : here + by];
  if (next) {
    next.focus();
    next.closest(".row").scrollIntoView({ block: "nearest" });
  } else if (by > 0) {
    document.querySelector(".pager a[rel=next]")?.focus();
  }
}

function play(row) {
  const playing = row.querySelector("video");
  if (playing) {
    if (playing.paused) playing.play();
    else playing.pause();
  } else if (row.dataset.clip) {
    const video = document.createElement("video");
    Object.assign(video, { src: row.dataset.clip, muted: true, playsInline: true, autoplay: true });
    video.setAttribute("aria-label", `Clip: ${row.dataset.name}`);
    row.querySelector(".thumb").replaceChildren(video);
  } else announce("There is no clip of this event");
}

async function review(row, told, words) {
  try {
    const said = await post(`/api/v1/events/${row.dataset.id}/review`, told);
    showUnreviewed(said.unreviewed);
    row.dataset.reviewed = said.reviewed ? "yes" : "no";
    row.dataset.verdict = said.verdict;
    row.classList.toggle("seen", said.reviewed);
    const chip = row.querySelector(".review .chip");
    chip.textContent = { useful: "★ Useful", ordinary: "Ordinary", false: "False alarm" }[said.verdict] ?? (said.reviewed ? "✓ Reviewed" : "To look at");
    chip.className = `chip${said.verdict ? " verdict" : said.reviewed ? "" : " new"}`;
    announce(words);
  } catch (error) {
    announce(`Not saved: ${error.message}`);
  }
}

const verdicts = { u: "useful", o: "ordinary", f: "false" };
document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const row = current();
  const key = event.key;
  if (key === "j" || key === "ArrowDown") step(1);
  else if (key === "k" || key === "ArrowUp") step(-1);
  else if (!row) return;
  else if (key === " ") play(row);
  else if (key === "r") review(row, { reviewed: row.dataset.reviewed !== "yes" }, row.dataset.reviewed === "yes" ? "To look at again" : "Reviewed");
  else if (verdicts[key]) {
    const verdict = row.dataset.verdict === verdicts[key] ? null : verdicts[key];
    review(row, { verdict }, verdict ? `Verdict: ${verdict}` : "No verdict");
  } else return;
  event.preventDefault();
});
