// This will move through the posts found by keys: the focus goes from link to link.

const links = () => [...document.querySelectorAll("#cards .card-link")];

const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

/** How many cards stand in a row: those at the height of the first. */
function columns(all) {
  const top = all[0].getBoundingClientRect().top;
  const below = all.findIndex((one) => one.getBoundingClientRect().top > top + 4);
  return below > 0 ? below : all.length;
}

function step(keys) {
  const all = links();
  if (!all.length) return false;
  const at = all.indexOf(document.activeElement?.closest?.("[data-post]")?.querySelector(".card-link"));
  const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + keys(all)));
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

const isTable = () => document.querySelector("table#cards") !== null;

const STEPS = {
  j: () => 1,
  k: () => -1,
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (all) => (isTable() ? 1 : columns(all)),
  ArrowUp: (all) => (isTable() ? -1 : -columns(all)),
};

/**
 * Listen for the keys of the list. `pick(post)` selects, `go("older")` turns the page, `turn()` changes the view.
 */
export function walk({ search, pick, go, turn }) {
  const acts = {
    "/": () => search.select(),
    x: () => {
      const post = document.activeElement?.closest?.("[data-post]");
      if (post) pick(post.dataset.post);
    },
    n: () => go("older"),
    p: () => go("newer"),
    v: turn,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && event.target === search) search.blur();
    if (isTyping(event.target)) return;
    if (STEPS[event.key] ? step(STEPS[event.key]) : acts[event.key]) {
      event.preventDefault();
      acts[event.key]?.();
    }
  });
}
