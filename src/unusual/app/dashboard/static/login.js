const form = document.getElementById("login");
const trouble = document.getElementById("trouble");
// The pages there are, and no other address: "next" comes from whoever made the link.
const PAGE = /^\/((events(\/[A-Za-z0-9_-]{22})?|timeline(\/\d{4}-\d\d-\d\d)?|settings|access|add(\/[a-z0-9_-]{1,41})?|api\/docs|(zones|hours)\/[a-z0-9_-]{1,41})(\?[\w.~%=&+-]*)?)?$/;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  trouble.textContent = "";
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "content-type": "application/json", "x-unusual": "1" },
      body: JSON.stringify({ name: form.elements.username.value, password: form.elements.password.value }),
    });
    if (answer.ok) {
      const next = new URLSearchParams(location.search).get("next") ?? "/";
      location.replace(PAGE.test(next) ? next : "/");
      return;
    }
    trouble.textContent = (await answer.json()).detail;
  } catch {
    trouble.textContent = "the server does not answer";
  }
  button.disabled = false;
  form.elements.password.select();
});
