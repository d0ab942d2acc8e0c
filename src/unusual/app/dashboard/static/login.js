const form = document.getElementById("login");
const trouble = document.getElementById("trouble");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "content-type": "application/json", "x-unusual": "1" },
      body: JSON.stringify({ password: form.elements.password.value }),
    });
    if (answer.ok) {
      const next = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
      location.replace(next.origin === location.origin ? next.pathname + next.search : "/");
      return;
    }
    trouble.textContent = (await answer.json()).detail;
  } catch {
    trouble.textContent = "the server does not answer";
  }
  button.disabled = false;
  form.elements.password.select();
});
