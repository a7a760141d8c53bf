// This will run a desk: show a job, take the answer, send it in the background, and already show the next.

import { Refused } from "./api.js";
import { Classes } from "./answering/classes.js";
import { namesOf } from "./answering/class_tree.js";
import { Guidelines } from "./answering/guidelines.js";
import { listen } from "./answering/keyboard.js";
import { Notices } from "./answering/notices.js";
import { isFinal, Outbox } from "./answering/outbox.js";
import { decoded, Pictures } from "./answering/pictures.js";
import { LEASE_LOST, Queue } from "./answering/queue.js";
import { Strip } from "./answering/strip.js";
import { Suggestion } from "./answering/suggestion.js";
import { Swipe } from "./answering/swipe.js";
import { View } from "./answering/view.js";
import { gettext } from "./language.js";

const EXTEND_MILLISECONDS = 60000;
const POLL_MILLISECONDS = 5000;

class Desk {
  constructor(element) {
    this.signIn = element.dataset.signIn;
    this.view = new View();
    this.strip = new Strip();
    this.notices = new Notices();
    this.pictures = new Pictures();
    this.queue = new Queue({
      ...element.dataset,
      pictures: this.pictures,
      on: {
        arrived: () => this.#arrived(),
        lost: (wasCurrent) => this.#leaseLost(wasCurrent),
        trouble: (error) => this.#trouble(error),
        reached: () => this.notices.online(),
      },
    });
    this.outbox = new Outbox({
      queue: this.queue,
      on: { changed: () => this.#strip(), failed: (entry, error) => this.#comesBack(entry, error) },
    });
    const byId = (id) => document.getElementById(id);
    this.classes = new Classes({ root: byId("choosing"), onChange: (change) => this.#chose(change) });
    this.guidelines = new Guidelines({ button: byId("guidelines"), dialog: byId("guidelines-panel") });
    this.suggestion = new Suggestion({ root: byId("suggestion") });
    this.swipe = new Swipe({
      surface: byId("stage"),
      picture: byId("picture"),
      hint: byId("swipe-hint"),
      help: byId("swipe-help"),
      means: () => this.#swipeMeans(),
      on: { right: () => this.#swipedRight(), left: () => this.act({ name: "unsure" }) },
    });
    this.drafts = new Map();
  }

  // -- what is shown ------------------------------------------------------------------------------------------

  showNext() {
    this.view.full(null);
    const job = this.queue.next();
    if (job) this.#show(job);
    else if (this.queue.isEmpty) this.view.empty({ isOneLane: this.queue.lanes.length > 0 });
    else this.view.clear();
  }

  async #show(job) {
    const draft = this.drafts.get(job.id) ?? { classes: [], note: "" };
    this.view.note.value = draft.note;
    this.view.describe(job);
    this.classes.show(job.schema, new Set(draft.classes));
    this.suggestion.show(job);
    this.guidelines.show(job.schema);
    try {
      const image = await this.pictures.of(job);
      if (this.queue.current?.id === job.id) this.view.paint(image);
    } catch {
      if (this.queue.current?.id === job.id) this.view.paintFailure(() => this.#showAgain(job));
    }
  }

  #showAgain(job) {
    this.pictures.forget(job);
    this.#show(job);
  }

  #arrived() {
    if (!this.queue.current) this.showNext();
  }

  #strip() {
    const { last, answered, undoable } = this.outbox;
    // Beside an answer that was lost, "undo" would seem to mean that one.
    this.strip.show(last, { answered, canUndo: undoable !== null && undoable === last });
  }

  // -- what the person does -----------------------------------------------------------------------------------

  act({ name, number }) {
    const acts = {
      toggle: () => this.queue.current && this.classes.toggle(number),
      up: () => this.classes.up(),
      fine: () => this.#answer({ classes: [], regions: [], unsure: false }),
      unsure: () => this.#answer({ classes: [], regions: [], unsure: true }),
      send: () => this.#send(),
      skip: () => this.#askWhy(),
      undo: () => this.#undo(),
      full: () => this.#full(),
      leave: () => this.#leave(),
      accept: () => this.#accept(),
      note: () => this.queue.current && this.view.note.focus(),
      guidelines: () => this.guidelines.toggle(),
    };
    acts[name]();
  }

  /** Where only one class is asked for, naming it is the whole answer. */
  #chose({ chosen, isComplete }) {
    this.view.markReady(chosen.size > 0);
    if (isComplete) this.#send();
  }

  #send() {
    const { chosen } = this.classes;
    if (this.queue.current && chosen.size) this.#answer({ classes: [...chosen], regions: [], unsure: false });
    else if (this.queue.current) this.notices.say(gettext("Choose a class first, or press Space for fine."));
  }

  /** Nothing is answered unseen: a key pressed before the image is painted does nothing. */
  #answer(answer) {
    const job = this.queue.current;
    if (!job || this.view.state !== "ready") return;
    this.outbox.send(job, answer, this.view.note.value.trim());
    this.drafts.delete(job.id);
    this.pictures.forget(job);
    this.showNext();
  }

  /** Give the suggested answer, where one is shown. */
  #accept() {
    const suggestion = this.suggestion.current;
    if (!this.queue.current || !suggestion) return;
    this.classes.accept(suggestion);
    if (suggestion.classes.length) this.#send();
    else this.act({ name: "fine" });
  }

  /** Escape closes the guideline, then the full size, then goes up a level of the classes. */
  #leave() {
    if (this.guidelines.close()) return;
    if (this.view.isFull) this.#full();
    else this.classes.up();
  }

  // A swipe to the right sends what is chosen, and means fine where nothing is.
  #swipeMeans() {
    if (!this.queue.current || this.view.state !== "ready" || this.view.isFull) return null;
    const { chosen } = this.classes;
    const right = chosen.size
      ? { text: namesOf(this.queue.current.schema, chosen).join(", "), tone: "bad" }
      : { text: gettext("Fine"), tone: "good" };
    return { right, left: { text: gettext("Not sure"), tone: "unsure" } };
  }

  #swipedRight() {
    this.act({ name: this.classes.chosen.size ? "send" : "fine" });
  }

  #askWhy() {
    if (this.queue.current) document.getElementById("skip").showModal();
  }

  async skip(reason) {
    const job = this.queue.current;
    if (!job) return;
    this.showNext();
    try {
      await this.queue.skip(job, reason);
    } catch (error) {
      this.#comesBack({ job, answer: { classes: [] }, note: "" }, error);
    }
  }

  async #undo() {
    if (!this.outbox.undoable) return this.notices.say(gettext("There is no answer to take back."));
    try {
      const taken = await this.outbox.undo();
      if (taken) this.#bringBack(taken);
    } catch (error) {
      if (isFinal(error) && !error.isAboutThePerson) return this.notices.say(error.message, "trouble");
      this.notices.say(gettext("Nothing was taken back: the server cannot be reached. Press Z to try again."), "trouble");
      return this.#trouble(error);
    }
    return undefined;
  }

  async #full() {
    const job = this.queue.current;
    if (!job || this.view.state !== "ready") return;
    const image = this.view.isFull ? await this.pictures.of(job) : await decoded(job.full_url, job.title).catch(() => null);
    if (this.queue.current?.id !== job.id || !image) return;
    if (this.view.isFull) {
      this.view.full(null);
      this.view.paint(image);
    } else this.view.full(image);
  }

  choose(lanes) {
    this.queue.choose(lanes);
    this.view.markLanes(lanes);
    if (!this.queue.current) this.showNext();
  }

  // -- what goes wrong ----------------------------------------------------------------------------------------

  /** Show a job again with what had been chosen; what is on the stage keeps its own draft and waits behind. */
  #bringBack({ job, answer, note }) {
    const waiting = this.queue.current;
    if (waiting) this.drafts.set(waiting.id, { classes: [...this.classes.chosen], note: this.view.note.value });
    this.drafts.set(job.id, { classes: answer.classes, note: note ?? "" });
    this.queue.putBack(job);
    this.view.full(null);
    this.#show(job);
  }

  #comesBack(entry, error) {
    if (error instanceof Refused && error.code === LEASE_LOST) return this.notices.say(gettext("That one was no longer yours: its time ran out, or it was answered or given back. On with the next."), "trouble");
    this.#bringBack(entry);
    if (error instanceof Refused && error.isAboutThePerson) return this.notices.signedOut(this.signIn);
    if (error instanceof Refused) return this.notices.say(`${gettext("Your answer was refused, so here it is again:")} ${error.message}`, "trouble");
    return this.notices.say(gettext("Your answer could not be sent, so here it is again. Send it once more."), "trouble");
  }

  #leaseLost(wasCurrent) {
    if (!wasCurrent) return;
    this.notices.say(gettext("That one was no longer yours: its time ran out, or it was answered or given back. On with the next."), "trouble");
    this.showNext();
  }

  #trouble(error) {
    if (error instanceof Refused && error.isAboutThePerson) this.notices.signedOut(this.signIn);
    else if (error instanceof Refused) this.notices.say(error.message, "trouble");
    else this.notices.offline();
  }

  // -- time ---------------------------------------------------------------------------------------------------

  keepLeases() {
    const isSeen = () => document.visibilityState === "visible";
    setInterval(() => isSeen() && this.queue.extend(), EXTEND_MILLISECONDS);
    setInterval(() => isSeen() && !this.queue.current && this.queue.fill(), POLL_MILLISECONDS);
    document.addEventListener("visibilitychange", () => isSeen() && this.queue.extend());
    window.addEventListener("pagehide", () => this.queue.releaseAll());
    // A page that comes back from the browser's memory holds no lease any more.
    window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  }
}

function connect(desk) {
  const byId = (id) => document.getElementById(id);
  const act = (name) => desk.act({ name });
  listen((meant) => desk.act(meant));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#desk button");
    if (!button) return;
    if (button.dataset.act) act(button.dataset.act);
    if (button.dataset.lane !== undefined) desk.choose(button.dataset.lane ? [button.dataset.lane] : []);
    if (["undo", "full", "guidelines"].includes(button.id)) act(button.id);
    if (button.id === "all-lanes") desk.choose([]);
    // A pointer leaves no focus behind, or the next Space would press the same button again.
    if (event.detail > 0) desk.view.toStage();
  });
  document.body.addEventListener("htmx:afterSwap", () => desk.view.markLanes(desk.queue.lanes));
  byId("skip-form").addEventListener("submit", (event) => desk.skip(event.submitter.value));
  byId("skip").addEventListener("keydown", (event) => {
    const reason = byId("skip-form").querySelectorAll(".class")[Number(event.key) - 1];
    if (!reason) return;
    // The click closes the dialog, and the desk must not take the same key for a class of the next job.
    event.stopPropagation();
    event.preventDefault();
    reason.click();
  });
}

const desk = new Desk(document.getElementById("desk"));
connect(desk);
desk.keepLeases();
desk.showNext();
