// A list of events that stays true while it is open: new rows come in, rows that changed are replaced.
import { announce, repeat, watched } from "/static/net.js";

export function keepRows(list, everyMs) {
  const ask = watched(list.dataset.rows);
  repeat(async () => {
    const html = await ask("text");
    if (html !== null) merge(list, html);
  }, everyMs);
}

function merge(list, html) {
  const coming = new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html").querySelectorAll("li[data-id]");
  const known = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const first = known.size === 0 ? "" : list.firstElementChild.dataset.id;
  const fresh = [];
  let after = null;
  let older = false; // rows behind the first one that was here are not new, only further down
  for (const row of coming) {
    const old = known.get(row.dataset.id);
    older ||= row.dataset.id === first;
    if (old && old.dataset.version !== row.dataset.version && !old.querySelector("video")) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(row);
      if (focused) row.querySelector("a").focus({ preventScroll: true });
      after = row;
    } else if (old) {
      after = old;
    } else {
      if (!older) row.classList.add("arrived");
      if (!older) fresh.push(row.dataset.name);
      if (after) after.after(row);
      else list.prepend(row);
      after = row;
    }
  }
  if (list.matches(".small")) [...list.children].slice(coming.length).forEach((row) => row.remove());
  const empty = document.querySelector("[data-when-empty]");
  if (empty) empty.hidden = list.children.length > 0;
  if (fresh.length) announce(fresh.length === 1 ? `New: ${fresh[0]}` : `${fresh.length} new events`);
}
