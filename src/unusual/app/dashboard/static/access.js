// Who may come in: people are let in and sent away, tokens are made, shown once and revoked.
import { announce, post } from "/static/net.js";

const said = document.querySelector("[data-field=said]");

async function doing(what, words) {
  try {
    const told = await what();
    announce(words);
    said.textContent = words;
    return told;
  } catch (error) {
    said.textContent = `Not done: ${error.message}`;
    announce(said.textContent);
    return null;
  }
}

document.querySelector("[data-new-user]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, password } = event.target.elements;
  if (await doing(() => post("/api/v1/users", { name: name.value, password: password.value }), `${name.value} may come in`)) location.reload();
});

document.querySelector("[data-new-token]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, scope } = event.target.elements;
  const made = await doing(() => post("/api/v1/tokens", { name: name.value, scope: scope.value }), "A token was made");
  if (!made) return;
  const place = document.querySelector("[data-made]");
  place.querySelector("code").textContent = made.token;
  place.hidden = false;
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("b"), { textContent: made.name }), ` ${made.scope}, made now`);
  document.querySelector("[data-tokens]").append(row);
  place.querySelector("code").focus();
});

document.addEventListener("click", async (event) => {
  const { remove, revoke } = event.target.dataset ?? {};
  if (remove && confirm(`Let ${remove} in no more?`) && (await doing(() => post(`/api/v1/users/${remove}/remove`, {}), "Removed"))) location.reload();
  if (revoke && confirm("Let this token open nothing any more?") && (await doing(() => post(`/api/v1/tokens/${revoke}/revoke`, {}), "Revoked"))) location.reload();
});
