// One event: the clip and its curve move together; the review is kept as soon as it is given.
import { announce, post, showUnreviewed, typing } from "/static/net.js";

const page = document.querySelector(".event");
const video = page.querySelector("video");
const seek = page.querySelector(".seek");
const note = page.querySelector("textarea");
const saved = page.querySelector("[data-field=saved]");

const clock = (s) => `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, "0")}`;

if (seek) {
  const end = Number(seek.dataset.end);
  const points = JSON.parse(seek.dataset.curve);
  const head = seek.querySelector(".head");
  const at = page.querySelector("[data-field=at]");
  const scoreAt = (s) => points.reduce((best, one) => (Math.abs(one[0] - s) < Math.abs(best[0] - s) ? one : best), points[0])[1];

  const show = (s) => {
    const x = `${(100 * Math.min(s / end, 1)).toFixed(2)}%`;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    at.textContent = `${clock(s)} · score ${scoreAt(s).toFixed(2)}`;
    seek.setAttribute("aria-valuenow", s.toFixed(1));
    seek.setAttribute("aria-valuetext", `${s.toFixed(1)} seconds, score ${scoreAt(s).toFixed(2)}`);
  };
  const go = (s) => {
    const to = Math.max(0, Math.min(s, video?.duration || end));
    if (video) video.currentTime = to;
    show(to);
  };
  const point = (event) => {
    const box = seek.getBoundingClientRect();
    go((end * (event.clientX - box.left)) / box.width);
  };
  seek.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    seek.setPointerCapture(event.pointerId);
    point(event);
  });
  seek.addEventListener("pointermove", (event) => event.buttons & 1 && point(event));
  document.addEventListener("keydown", (event) => {
    if (typing(event) || (event.target === video && video)) return;
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -5, PageDown: 5 }[event.key];
    const now = video ? video.currentTime : 0;
    if (by) go(now + by);
    else if (event.key === "Home" && event.target === seek) go(0);
    else if (event.key === "End" && event.target === seek) go(end);
    else return;
    event.preventDefault();
  });
  if (video) {
    const follow = () => {
      show(video.currentTime);
      if (!video.paused && !video.ended) requestAnimationFrame(follow);
    };
    for (const what of ["play", "seeked", "timeupdate", "loadedmetadata"]) video.addEventListener(what, follow);
  }
  show(0);
}

async function review(told, words) {
  try {
    const said = await post(`/api/v1/events/${page.dataset.id}/review`, told);
    showUnreviewed(said.unreviewed);
    page.dataset.reviewed = said.reviewed ? "yes" : "no";
    page.dataset.verdict = said.verdict;
    for (const button of page.querySelectorAll("[data-verdict-is]"))
      button.setAttribute("aria-pressed", String(button.dataset.verdictIs === said.verdict));
    const done = page.querySelector("[data-review]");
    done.setAttribute("aria-pressed", String(said.reviewed));
    done.querySelector("span").textContent = said.reviewed ? "Reviewed" : "Mark as reviewed";
    saved.textContent = `${words}. Saved.`;
    announce(words);
  } catch (error) {
    saved.textContent = `Not saved: ${error.message}`;
    announce(saved.textContent);
  }
}

const judge = (verdict) => {
  const wanted = page.dataset.verdict === verdict ? null : verdict;
  review({ verdict: wanted }, wanted ? `Verdict: ${wanted === "false" ? "false alarm" : wanted}` : "No verdict");
};
const toggle = () => review({ reviewed: page.dataset.reviewed !== "yes" }, page.dataset.reviewed === "yes" ? "To look at again" : "Reviewed");

for (const button of page.querySelectorAll("[data-verdict-is]")) button.addEventListener("click", () => judge(button.dataset.verdictIs));
page.querySelector("[data-review]").addEventListener("click", toggle);
note.addEventListener("change", () => review({ note: note.value }, "Note"));
note.addEventListener("keydown", (event) => event.key === "Escape" && note.blur());

const follow = (link) => page.querySelector(`.event-head a[rel=${link}]`)?.click();
const keys = {
  j: () => follow("next"), ArrowDown: () => follow("next"), k: () => follow("prev"), ArrowUp: () => follow("prev"),
  r: toggle, u: () => judge("useful"), o: () => judge("ordinary"), f: () => judge("false"),
  n: () => note.focus(), Escape: () => page.querySelector(".back").click(),
  " ": () => video && (video.paused ? video.play() : video.pause()),
};
document.addEventListener("keydown", (event) => {
  const button = event.target instanceof HTMLElement && event.target.closest("button, a, video");
  if (typing(event) || !keys[event.key] || (event.key === " " && button)) return;
  event.preventDefault();
  keys[event.key]();
});

if (page.dataset.goingOn === "yes") setTimeout(() => document.hidden || document.activeElement === note || location.reload(), 10000);
