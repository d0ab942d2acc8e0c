// The day or part of it before and after, and what is around it, by key; today's page is drawn anew each minute while somebody looks.
import { typing } from "/static/net.js";

const link = (rel) => document.querySelector(`.pager a[rel=${rel}]`);
document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const to = { ArrowLeft: "prev", k: "prev", ArrowRight: "next", j: "next", Escape: "up" }[event.key];
  if (!to) return;
  event.preventDefault();
  link(to)?.click();
});

if (document.querySelector(".now"))
  setInterval(() => document.hidden || document.activeElement?.closest("svg a") || location.reload(), 60000);
