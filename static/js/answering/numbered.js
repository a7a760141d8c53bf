// This will let a dialog's rows be chosen by their numbers, 1 to 9.

/** Press the n-th `.class` of a dialog by its number key. */
export function chooseByNumber(dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea")) return;
    const row = dialog.querySelectorAll(".class")[Number(event.key) - 1];
    if (!row) return;
    // The click closes the dialog, and the desk must not take the same key for a class of the next job.
    event.stopPropagation();
    event.preventDefault();
    row.click();
  });
}
