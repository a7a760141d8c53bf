// This will do what every page shares: `?` shows the keys, and choosing a project sends its form.

const keys = document.getElementById("keys");

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || isTyping(event.target) || document.querySelector("dialog:modal")) return;
  event.preventDefault();
  keys?.showModal();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) keys?.showModal();
  const close = event.target.closest("[data-close]");
  if (close) close.closest("dialog").close();
  // A click on the backdrop lands on the dialog itself, one on its content never does.
  if (event.target instanceof HTMLDialogElement) event.target.close();
});
