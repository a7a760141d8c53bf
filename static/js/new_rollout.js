// This will start a rollout: the kind's usual share is filled in, and what is refused is said in the form.

import { post } from "./api.js";

const form = document.querySelector("[data-try]");
const refusal = form.querySelector("[data-refusal]");

/** What only a shadow needs is there for a shadow alone. */
function fit() {
  const kind = form.querySelector("[name=kind]:checked");
  form.querySelectorAll("[data-only]").forEach((one) => {
    one.hidden = one.dataset.only !== kind.value;
  });
}

form.querySelectorAll("[name=kind]").forEach((one) =>
  one.addEventListener("change", () => {
    form.elements.share.value = Number(one.dataset.share);
    fit();
  }),
);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new FormData(form);
  const limits = Object.fromEntries([...form.querySelectorAll("[data-limit]")].map((one) => [one.dataset.limit, Number(one.value)]));
  const wish = {
    model_version: Number(form.dataset.version),
    kind: said.get("kind"),
    unit: said.get("unit"),
    share: Number(said.get("share")) / 100,
    labels_per_day: Number(said.get("labels_per_day")),
    reason: said.get("reason"),
    limits,
  };
  try {
    const made = await post(form.dataset.try, wish);
    window.location.assign(form.dataset.made.replace("/0/", `/${made.id}/`));
  } catch (error) {
    refusal.textContent = error.message;
    refusal.hidden = false;
  }
});
fit();
