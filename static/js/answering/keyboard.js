// This will turn key presses into what they mean at a desk.

const LETTERS = { u: "unsure", s: "skip", z: "undo", f: "full", g: "guidelines", n: "note", a: "accept" };

/** Return {name, number?} for a key press, or null where it means nothing here. */
export function meaning(event) {
  if (event.altKey || event.metaKey) return event.metaKey && event.key === "z" ? { name: "undo" } : null;
  if (event.ctrlKey) return event.key.toLowerCase() === "z" ? { name: "undo" } : null;
  if (/^[1-9]$/.test(event.key)) return { name: "toggle", number: Number(event.key) };
  if (event.key === "0" || event.key === " ") return { name: "fine" };
  if (event.key === "Enter") return { name: "send" };
  if (event.key === "Escape") return { name: "leave" };
  if (event.key === "Backspace") return { name: "up" };
  const name = LETTERS[event.key.toLowerCase()];
  return name ? { name } : null;
}

const isField = (target) => target.closest("input, textarea, select") !== null;
const isControl = (target) => target.closest("button, a, summary") !== null;

/** Listen to the whole page and call `act` with meanings. Dialogs and fields keep their own keys. */
export function listen(act) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog:modal") || event.isComposing) return;
    const meant = meaning(event);
    if (!meant) return;
    if (isField(event.target)) {
      if (!["Enter", "Escape"].includes(event.key)) return;
      event.target.blur();
      if (event.key === "Escape") return;
    } else if (isControl(event.target) && (event.key === "Enter" || event.key === " ")) {
      return; // Someone who went to a button by Tab means that button.
    }
    event.preventDefault();
    // A key that is held down decides once, never a row of images.
    if (!event.repeat) act(meant);
  });
}
