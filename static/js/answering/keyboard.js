// This will turn key presses into what they mean at a desk, in the mode that is open.

const SHARED = {
  u: "unsure",
  s: "skip",
  e: "escalate",
  z: "undo",
  f: "pixels",
  g: "guidelines",
  m: "mode",
  c: "comfort",
  b: "list",
  "+": "closer",
  "=": "closer",
  "-": "away",
  Backspace: "up",
  Enter: "send",
  Escape: "leave",
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "upwards",
  ArrowDown: "downwards",
};

const KEYS = {
  one: { ...SHARED, 0: "fine", " ": "fine", n: "note", r: "reasons", a: "accept" },
  grid: {
    ...SHARED,
    0: "fine",
    " ": "peek",
    p: "peek",
    h: "left",
    l: "right",
    k: "upwards",
    j: "downwards",
    Home: "first",
    End: "final",
  },
};
// A key that is held down decides once, never a row of images; but it walks and pans.
const REPEATABLE = new Set(["left", "right", "upwards", "downwards", "closer", "away"]);
const REVEAL = "v";

/** Return {name, number?} for a key press in a mode, or null where it means nothing there. */
function meaning(event, mode) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return key === "z" && !event.altKey ? { name: "undo" } : null;
  if (event.altKey) return null;
  if (/^[1-9]$/.test(key)) return { name: "toggle", number: Number(key) };
  const name = KEYS[mode][key];
  return name ? { name } : null;
}

const isField = (target) => target.closest("input, textarea, select") !== null;
const isControl = (target) => target.closest("button, a, summary") !== null && !target.closest("[data-tile]");
const isElsewhere = (event) => document.querySelector("dialog:modal") !== null || event.isComposing;

/** Listen to the whole page; `act` is called with meanings. Dialogs and fields keep their own keys. */
export function listen({ mode, act, reveal }) {
  document.addEventListener("keydown", (event) => {
    if (isElsewhere(event)) return;
    if (event.key.toLowerCase() === REVEAL && !isField(event.target) && !event.ctrlKey && !event.metaKey) reveal(true);
    const meant = meaning(event, mode());
    if (meant) hear(event, meant, act);
  });
  document.addEventListener("keyup", (event) => event.key.toLowerCase() === REVEAL && reveal(false));
  window.addEventListener("blur", () => reveal(false));
}

function hear(event, meant, act) {
  if (isField(event.target)) {
    if (!["Enter", "Escape"].includes(event.key)) return;
    event.target.blur();
    if (event.key === "Escape") return;
  } else if (isControl(event.target) && (event.key === "Enter" || event.key === " ")) {
    return; // Someone who went to a button by Tab means that button.
  }
  event.preventDefault();
  if (!event.repeat || REPEATABLE.has(meant.name)) act(meant);
}
