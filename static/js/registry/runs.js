// This will let people walk through runs, select some of them on any page, and compare those.

import { gettext, interpolate, ngettext } from "../language.js";
import { walk } from "../posts/walk.js";

const form = document.getElementById("filters");
const bar = document.getElementById("compare");
const trouble = document.getElementById("runs-error");
const most = Number(bar.dataset.most);
const KEY = `second-look-runs-${document.documentElement.dataset.person}-${bar.dataset.project}`;
let picked = kept();

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

function set(run, isPicked) {
  const others = picked.filter((one) => one !== run);
  choose(isPicked && others.length < most ? [...others, run] : others);
}

function choose(runs) {
  picked = runs;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(picked));
  } catch {
    // Storage can be switched off; the selection then ends with the page.
  }
  show();
}

function show() {
  for (const box of document.querySelectorAll(".pick")) {
    box.checked = picked.includes(box.value);
    box.disabled = picked.length >= most && !box.checked;
    box.closest("tr").classList.toggle("is-picked", box.checked);
  }
  bar.hidden = picked.length === 0;
  bar.elements.runs.value = picked.join(",");
  document.getElementById("compare-go").disabled = picked.length < 2;
  document.getElementById("compare-count").textContent = counted();
  document.getElementById("compare-picked").replaceChildren(...picked.map(chip));
}

function counted() {
  if (picked.length === 1) return gettext("1 run selected; choose another to compare it with");
  const text = ngettext("%(n)s run selected", "%(n)s runs selected", picked.length);
  const full = picked.length >= most ? ` · ${gettext("no more fit side by side")}` : "";
  return interpolate(text, { n: picked.length }) + full;
}

function chip(run) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chip";
  button.dataset.drop = run;
  button.textContent = interpolate(gettext("Run %(number)s"), { number: run });
  button.setAttribute("aria-label", interpolate(gettext("Take run %(number)s out"), { number: run }));
  item.append(button);
  return item;
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".pick")) set(event.target.value, event.target.checked);
});

document.addEventListener("click", (event) => {
  const { drop } = event.target.closest("[data-drop]")?.dataset ?? {};
  if (drop) set(drop, false);
  if (event.target.closest("#compare-clear")) choose([]);
});

// Only what asks for something stands in the address, so that it can be read and passed on.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt !== form) return;
  const asked = event.detail.parameters;
  for (const name of Object.keys(asked)) if (asked[name] === "") delete asked[name];
});

document.addEventListener("htmx:afterSwap", () => {
  trouble.hidden = true;
  show();
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    trouble.hidden = false;
  });
}

document.addEventListener("keydown", (event) => {
  const isElsewhere = event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]");
  if (event.key !== "c" || isElsewhere || event.target.closest("select, input:not([type=checkbox])")) return;
  if (picked.length > 1) bar.requestSubmit();
});

walk({
  search: { select: () => form.querySelector("select").focus() },
  pick: (run) => set(run, !picked.includes(run)),
  go: (id) => document.getElementById(id)?.click(),
  turn: () => {},
});
show();
