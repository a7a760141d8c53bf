// This will lead from one post's story to the next, and back to the list, by keys.

const GO = {
  j: "older",
  k: "newer",
  ArrowRight: "older",
  ArrowLeft: "newer",
  u: "back",
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select")) return;
  const to = event.key === "f" ? document.querySelector(".story-picture a") : document.getElementById(GO[event.key]);
  if (!to) return;
  event.preventDefault();
  to.click();
});
