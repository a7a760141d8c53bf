// This will let people search, filter, walk through and act on posts.

import { Bulk } from "./posts/bulk.js";
import { Selection } from "./posts/selection.js";
import { walk } from "./posts/walk.js";

const form = document.getElementById("filters");
const trouble = document.getElementById("posts-error");
const bar = document.getElementById("bulk");
const { person } = document.documentElement.dataset;
const selection = bar ? new Selection(`second-look-posts-${person}-${bar.dataset.project}`) : null;

/** Leave out of the address what asks for nothing, so that it can be read and passed on. */
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt !== form) return;
  const asked = event.detail.parameters;
  for (const name of Object.keys(asked)) if (asked[name] === "") delete asked[name];
  if (!asked.since && !asked.until) delete asked.dates;
  if (asked.view === "grid") delete asked.view;
});

// A list that is not well formed is told as a page too, so that nothing stays as if it had been found.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "results") return;
  trouble.hidden = true;
  selection?.show();
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    trouble.hidden = false;
  });
}

const ask = () => window.htmx.trigger(form, "submit");

document.getElementById("posts-retry").addEventListener("click", ask);

function show(view) {
  document.getElementById("view").value = view;
  ask();
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-view]");
  if (choice) show(choice.dataset.view);
});

const isList = () => document.querySelector("table#cards") !== null;

walk({
  search: document.getElementById("q"),
  pick: (post) => selection?.toggle(post),
  go: (id) => document.getElementById(id)?.click(),
  turn: () => show(isList() ? "grid" : "list"),
});

if (selection) {
  new Bulk(bar, selection, { onDone: ask });
  selection.show();
}
