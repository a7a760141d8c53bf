// This will go to another page by two keys, G and the letter of the place, and list these keys with the others.
// The desks keep G for themselves.

import { gettext, interpolate } from "./language.js";

const WAIT_MILLISECONDS = 1500;
const places = document.getElementById("desk") ? [] : [...document.querySelectorAll("a[data-go]")];
const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
let goneAt = -Infinity;

const keyCap = (key) => Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() });

function row(place) {
  const line = document.createElement("div");
  const keys = document.createElement("dt");
  keys.append(keyCap("g"), " ", keyCap(place.dataset.go));
  const does = document.createElement("dd");
  does.textContent = interpolate(gettext("Go to: %(place)s"), { place: place.textContent.trim() });
  line.append(keys, does);
  return line;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog:modal")) return;
  const key = event.key.toLowerCase();
  const place = event.timeStamp - goneAt < WAIT_MILLISECONDS ? places.find((one) => one.dataset.go === key) : null;
  goneAt = key === "g" ? event.timeStamp : -Infinity;
  if (!place) return;
  // The page may mean something else by this letter alone.
  event.preventDefault();
  event.stopImmediatePropagation();
  place.click();
}

if (places.length) {
  document.getElementById("all-keys")?.append(...places.map(row));
  window.addEventListener("keydown", onKey, { capture: true });
}
