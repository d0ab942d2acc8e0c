// Asking the server, and telling people: what all pages share.

export async function post(address, told) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-unusual": "1" },
    body: JSON.stringify(told),
  });
  if (answer.status === 401) location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(typeof said.detail === "string" ? said.detail : `the server answered ${answer.status}`);
  return said;
}

// Call `once` again and again, never two at a time, and not while nobody looks. It says itself whether it went well.
export function repeat(once, everyMs) {
  let trouble = 0;
  const turn = async () => {
    if (!document.hidden) {
      try {
        await once();
        trouble = 0;
      } catch {
        trouble += 1;
      }
      document.body.classList.toggle("cut-off", trouble > 2);
    }
    setTimeout(turn, everyMs * Math.min(1 + trouble, 10));
  };
  turn();
}

// What an address holds, or null where it is what it was the last time.
export function watched(address) {
  let tag = null;
  return async (reading) => {
    const answer = await fetch(address, { cache: "no-store", headers: tag ? { "if-none-match": tag } : {} });
    if (answer.status === 401) location.reload();
    if (answer.status === 304) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    tag = answer.headers.get("etag");
    return answer[reading]();
  };
}

export function announce(words) {
  const place = document.getElementById("announce");
  place.textContent = "";
  setTimeout(() => (place.textContent = words), 50); // the same words twice are told twice
}

// How many alarms of the past week nobody has looked at.
export function showUnreviewed(count) {
  const badge = document.querySelector("[data-badge]");
  badge.hidden = count === 0;
  badge.querySelector("b").textContent = count > 99 ? "99+" : count;
}

export const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Whether a key was meant for a field, a button with its own keys, or the browser.
export function typing(event) {
  const { target } = event;
  const field = target instanceof HTMLElement && target.closest("input, textarea, select, dialog, [contenteditable]");
  return event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || (field && !field.matches("dialog:not([open])"));
}
