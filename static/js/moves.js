// This will open the dialogs of what can be done with a run or a model version, and carry it out.

import { post } from "./api.js";

/** Send a form's fields to the address it names; what is refused is said in the form. */
async function move(form) {
  const refusal = form.querySelector("[data-refusal]");
  const button = form.querySelector("[type=submit]");
  const { csrfmiddlewaretoken, ...fields } = Object.fromEntries(new FormData(form));
  button.disabled = true;
  try {
    await post(form.dataset.move, fields);
    window.location.reload();
  } catch (error) {
    refusal.textContent = error.message;
    refusal.hidden = false;
    button.disabled = false;
  }
}

/** Show a button's dialog; one that asks about a check says which. */
function open(button) {
  const dialog = document.getElementById(button.dataset.open);
  if (button.dataset.check) {
    dialog.querySelector("[name=check]").value = button.dataset.check;
    dialog.querySelector("[data-says]").textContent = button.dataset.says;
  }
  dialog.showModal();
}

/** Listen for buttons that open a dialog, and for the dialogs' forms. */
export function carryOutMoves() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) open(opener);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.move) return;
    event.preventDefault();
    move(event.target);
  });
}
