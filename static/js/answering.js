// This will connect a desk with its page: keys, clicks, dialogs, time, and leaving.

import { Desk } from "./answering/desk.js";
import { Fingers } from "./answering/fingers.js";
import { listen } from "./answering/keyboard.js";
import { chooseByNumber } from "./answering/numbered.js";
import { Presence } from "./answering/presence.js";

const byId = (id) => document.getElementById(id);
const desk = new Desk(byId("desk"));

function hearClicks() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#desk button, #enough button, #summary button");
    if (!button) return;
    const { act, lane, modeOf } = button.dataset;
    if (act) desk.act({ name: act });
    if (modeOf) desk.toggleMode(modeOf);
    if (lane !== undefined) desk.choose(lane ? [lane] : []);
    if (button.closest("dialog") && (act || lane !== undefined)) button.closest("dialog").close();
    // A pointer leaves no focus behind, or the next Space would press the same button again.
    if (event.detail > 0 && !button.matches("[data-tile]") && !button.closest("dialog")) desk.view.toStage();
  });
}

function hearDialogs() {
  chooseByNumber(byId("skip"));
  byId("skip-form").addEventListener("submit", (event) => desk.skip(event.submitter.value));
  byId("escalate-form").addEventListener("submit", () => {
    desk.escalate(byId("escalate-reason").value.trim());
    byId("escalate-reason").value = "";
  });
  byId("escalate-reason").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId("escalate-form").requestSubmit();
  });
  byId("summary").addEventListener("close", () => desk.goOn());
  byId("sign-out").addEventListener("submit", () => desk.tally.clear());
}

function hearReveal() {
  const button = byId("reveal");
  for (const name of ["pointerdown", "pointerup", "pointerleave", "pointercancel"]) {
    button.addEventListener(name, () => desk.relief.reveal(name === "pointerdown"));
  }
}


function hearTime() {
  new Presence({
    use: () => desk.mishaps.extend({ wasAway: false }),
    woke: () => desk.mishaps.extend({ wasAway: true }),
    beat: () => desk.mode.beat(),
    touched: () => desk.watch.touch(),
    hidden: () => desk.watch.pause(),
  });
  window.addEventListener("pagehide", () => desk.close({ isLeaving: true }));
  // A page that comes back from the browser's memory holds no lease any more.
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  document.body.addEventListener("htmx:afterSwap", () => desk.markLanes());
}

listen({
  mode: () => desk.element.dataset.mode,
  act: (meant) => desk.act(meant),
  reveal: (isShown) => desk.relief.reveal(isShown),
});
hearClicks();
hearDialogs();
hearReveal();
hearTime();
new Fingers(desk);

const wanted = new URLSearchParams(window.location.search).get("view") ?? desk.keeper.mode;
desk.open(wanted === "grid" && desk.element.dataset.grid !== "no" ? "grid" : "one");
