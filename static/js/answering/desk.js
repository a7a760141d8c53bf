// This will run a desk: hold what its two modes share, and do what concerns both of them.

import { Refused } from "../api.js";
import { gettext, interpolate, listed } from "../language.js";
import { refusalInWords } from "../refusals.js";
import { Comfort } from "./comfort.js";
import { Draft } from "./draft.js";
import { Grid } from "./grid.js";
import { Keeper } from "./keeper.js";
import { Guidelines } from "./guidelines.js";
import { Last } from "./last.js";
import { Leases } from "./leases.js";
import { Mishaps } from "./mishaps.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Pace } from "./pace.js";
import { Pictures } from "./pictures.js";
import { Preferences } from "./preferences.js";
import { Reasons } from "./reasons.js";
import { Relief } from "./relief.js";
import { Single } from "./single.js";
import { Stage } from "./stage.js";
import { Stopwatch } from "./stopwatch.js";
import { Strip } from "./strip.js";
import { Suggestion } from "./suggestion.js";
import { Tally } from "./tally.js";
import { Today } from "./today.js";
import { View } from "./view.js";
import { imagesInWords, span } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Desk {
  #isTelling = false;
  #here = new Set();

  constructor(element) {
    this.element = element;
    this.lanes = [];
    this.mishaps = new Mishaps(this);
    this.parts = this.#makeParts(element.dataset);
    Object.assign(this, this.parts);
    const onToday = { told: () => this.#tell(), reached: (classes) => this.#enough(classes) };
    this.today = new Today({ ...this.parts, on: onToday });
    this.tally = new Tally(this.parts);
    this.last = new Last(this.parts);
    this.strip = new Strip({ relief: this.relief, onTake: (entry) => this.undo(entry) });
    this.comfort = new Comfort(this.parts);
    this.reasons = new Reasons({
      leases: this.leases,
      onChoose: (template) => this.draft.explain(template),
      onTrouble: (error) => this.mishaps.tell(error),
    });
    this.modes = this.#makeModes();
    this.mode = this.modes.one;
  }

  #makeParts({ api, desk, project, person }) {
    const leases = new Leases({ api, desk, project });
    const keeper = new Keeper({ person, project, desk });
    const pictures = new Pictures();
    const value = JSON.parse(byId("preferences").textContent);
    const relief = new Relief({ desk: this.element, wellness: value.wellness });
    const on = {
      changed: ({ wellness }) => relief.set(wellness),
      failed: () => this.notices.say(gettext("Your choice holds for now, but could not be remembered."), "trouble"),
    };
    return {
      leases,
      keeper,
      pictures,
      relief,
      preferences: new Preferences({ leases, value, on }),
      view: new View(),
      stage: new Stage({ pictures }),
      notices: new Notices(),
      guidelines: new Guidelines({
        button: byId("guidelines"),
        dialog: byId("guidelines-panel"),
        spare: (element, classes) => relief.spare(element, classes),
      }),
      suggestion: new Suggestion({ root: byId("suggestion") }),
      pace: new Pace(),
      watch: new Stopwatch(),
      draft: new Draft({ onChange: (draft, how) => this.mode.changed(draft, how) }),
      outbox: new Outbox({ leases, keeper, on: this.#onOutbox() }),
    };
  }

  #makeModes() {
    const on = {
      trouble: (error) => this.mishaps.tell(error),
      reached: () => this.notices.online(),
      cameBack: (items, error) => this.mishaps.cameBack(items, error),
      anyLane: () => this.#anyLane(),
    };
    return { one: new Single({ parts: this.parts, on }), grid: new Grid({ parts: this.parts, on }) };
  }

  #onOutbox() {
    return {
      changed: () => this.#tell(),
      saved: (entry) => this.#saved(entry),
      refused: (items) => this.mishaps.refused(items),
      failed: (entry, error) => this.mishaps.cameBack(entry.items, error),
      takenBack: (entry) => {
        this.tally.remove(entry);
        entry.items.forEach((one) => this.#here.delete(one.labelId));
        this.today.lookSoon();
      },
    };
  }

  // -- coming and going ---------------------------------------------------------------------------------------

  async open(mode) {
    const resumed = this.outbox.resume();
    const sentAgain = new Set(resumed.flatMap((entry) => entry.items.map((one) => one.job.id)));
    const held = this.keeper.takeHeld().filter((job) => !sentAgain.has(job.id));
    this.#use(mode);
    await this.mode.open({ lanes: this.lanes, held });
    const today = await this.today.look();
    const classes = this.today.exposure.map((one) => ({ key: one.class_key, name: one.name }));
    if (today) this.outbox.recall(today.answers, { classes });
  }

  close({ isLeaving }) {
    this.mode.close({ isLeaving });
  }

  #use(name) {
    this.mode = this.modes[name];
    this.element.dataset.mode = name;
    for (const button of document.querySelectorAll("[data-mode-of]")) {
      button.setAttribute("aria-pressed", String(button.dataset.modeOf === name));
    }
  }

  /** Change between one at a time and the grid; the choice is remembered for this desk. */
  toggleMode(name = this.element.dataset.mode === "one" ? "grid" : "one") {
    if (this.element.dataset.grid === "no" || name === this.element.dataset.mode) return;
    this.mode.close();
    this.#use(name);
    this.keeper.rememberMode(name);
    history.replaceState(null, "", name === "grid" ? "?view=grid" : location.pathname);
    this.mode.open({ lanes: this.lanes });
  }

  choose(lanes) {
    this.lanes = lanes;
    this.mode.choose(lanes);
    this.markLanes();
  }

  markLanes() {
    for (const button of document.querySelectorAll("[data-lane]")) {
      const { lane } = button.dataset;
      button.setAttribute("aria-pressed", String(lane ? this.lanes.includes(lane) : this.lanes.length === 0));
    }
    for (const age of document.querySelectorAll("[data-oldest-seconds]")) {
      const time = span(Number(age.dataset.oldestSeconds) * 1000);
      age.textContent = interpolate(gettext("oldest %(time)s"), { time });
    }
  }

  /** A page is of one lane. Where none is chosen, each that holds work is as likely, so that none starves. */
  #anyLane() {
    const all = [...byId("lanes").querySelectorAll("[data-lane]:not([data-lane=''])")];
    const waiting = all.filter((one) => Number(one.dataset.waiting) > 0);
    const from = waiting.length ? waiting : all;
    return from[Math.floor(Math.random() * from.length)]?.dataset.lane ?? "normal";
  }

  // -- what the person does -----------------------------------------------------------------------------------

  act({ name, number }) {
    const acts = {
      ...this.mode.acts,
      undo: () => this.undo(),
      skip: () => this.#ask("skip"),
      escalate: () => this.#ask("escalate"),
      reasons: () => this.mode.current && this.reasons.open(this.draft.value.classes),
      guidelines: () => this.guidelines.toggle(),
      mode: () => this.toggleMode(),
      comfort: () => this.comfort.open(this.today.exposure),
      list: () => this.strip.focus(),
      pixels: () => this.stage.togglePixels(),
      closer: () => this.stage.zoom(1),
      away: () => this.stage.zoom(-1),
      everywhere: () => this.choose([]),
      finish: () => this.finish(),
    };
    acts[name]?.({ number });
  }

  #ask(what) {
    if (this.mode.current) byId(what).showModal();
  }

  skip(reason) {
    this.mode.handOn((job) => this.leases.skip(job, reason), { words: gettext("Skipped") });
  }

  escalate(reason) {
    this.mode.handOn((job) => this.leases.escalate(job, reason), { words: gettext("Escalated") });
  }

  async undo(entry = this.outbox.undoable) {
    if (!entry) return this.notices.say(gettext("There is no answer to take back."));
    try {
      const taken = await this.outbox.takeBack(entry);
      const again = taken?.items.filter((one) => one.job) ?? [];
      if (again.length) this.mode.bringBack(again);
      if (taken && again.length < taken.items.length) this.notices.say(gettext("Taken back. Somebody else is asked now."));
      if (taken?.refused.length) this.notices.say(refusedInWords(taken.refused), "trouble");
    } catch (error) {
      if (error instanceof Refused && !error.isAboutThePerson) return this.notices.say(error.message, "trouble");
      const words = gettext("Nothing was taken back: the server cannot be reached. Press Z to try again.");
      this.notices.say(words, "trouble");
      return this.mishaps.tell(error);
    }
    return undefined;
  }

  /** Get up: give everything back, wait for what is on its way, and say how it went. */
  async finish() {
    this.mode.close();
    this.view.state = "resting";
    await Promise.allSettled(this.outbox.entries.map((one) => one.done));
    this.tally.show();
  }

  goOn() {
    if (this.view.state === "resting") this.mode.open({ lanes: this.lanes });
  }

  // -- what is told -------------------------------------------------------------------------------------------

  /** Tell how the answers stand, once for all that changed, and after the next image is painted. */
  #tell() {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setTimeout(() => {
      this.#isTelling = false;
      const { last, undoable, entries } = this.outbox;
      // Beside an answer that was lost, "undo" would seem to mean that one.
      this.last.show(last, { canUndo: undoable !== null && undoable === last });
      this.strip.show(entries);
      this.today.show(this.#here.size);
    });
  }

  #saved(entry) {
    this.notices.online();
    this.tally.add(entry);
    entry.items.filter((one) => one.labelId).forEach((one) => this.#here.add(one.labelId));
    this.today.lookSoon();
  }

  /** The person has answered as many of a class today as is enough. They decide what follows. */
  #enough(classes) {
    const names = listed(classes.map((one) => `${one.name} (${one.seen})`));
    byId("enough-classes").textContent = names;
    const lanes = [...byId("lanes").querySelectorAll("[data-lane]")].map((one) => one.cloneNode(true));
    byId("enough-lanes").replaceChildren(...lanes.filter((one) => one.getAttribute("aria-pressed") === "false"));
    if (!document.querySelector("dialog:modal")) byId("enough").showModal();
  }
}

const refusedInWords = (refused) =>
  interpolate(gettext("%(images)s could not be taken back: %(why)s"), {
    images: imagesInWords(refused.length),
    why: refusalInWords(refused[0]),
  });
