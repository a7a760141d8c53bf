// This will do what every page shares: aim keys past closed dialogs, `?` shows the keys, buttons open and close them.

const keys = document.getElementById("keys");

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

// A dialog that was just closed keeps the focus until the page is drawn again. A key pressed before that is meant for
// the page, and must not be swallowed by a field, or send a form, that nobody sees any more.
window.addEventListener(
  "keydown",
  (event) => {
    if (!event.target.closest?.("dialog:not([open])")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.blur();
    document.body.dispatchEvent(new KeyboardEvent(event.type, event));
  },
  { capture: true },
);

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
