// Around every page: colours, help, log out, the keys that go from page to page.
import { post, typing } from "/static/net.js";

const themes = ["system", "light", "dark"];
const theme = document.querySelector("[data-theme-switch]");

function showTheme(chosen) {
  if (chosen === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("theme");
  } else {
    document.documentElement.dataset.theme = chosen;
    localStorage.setItem("theme", chosen);
  }
  theme.setAttribute("aria-label", `Colours: ${chosen === "system" ? "as the system" : chosen}`);
  theme.title = theme.getAttribute("aria-label");
}

showTheme(document.documentElement.dataset.theme ?? "system");
theme.addEventListener("click", () => {
  const now = document.documentElement.dataset.theme ?? "system";
  showTheme(themes[(themes.indexOf(now) + 1) % themes.length]);
});

const help = document.getElementById("help");
document.querySelector("[data-help]").addEventListener("click", () => help.showModal());
help.addEventListener("click", (event) => event.target === help && help.close());

document.querySelector("[data-leave]")?.addEventListener("click", async () => {
  await post("/logout", {});
  location.assign("/login");
});

const pages = { c: "/", e: "/events", t: "/timeline", s: "/settings" };
let going = 0; // when "g" was pressed
document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  if (event.key === "?") help.showModal();
  else if (Date.now() - going < 1200 && pages[event.key]) {
    event.preventDefault();
    event.stopImmediatePropagation();
    location.assign(pages[event.key]);
  }
  going = event.key === "g" ? Date.now() : 0;
});
