// This will show one image at a time: take its answer, send it in the background, and already show the next.

import { gettext, interpolate } from "../language.js";
import { Queue } from "./queue.js";
import { answerInWords } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Single {
  #cameBack = new Map();

  /** `parts` are what all modes share; `on` is told of trouble, and that the server was reached. */
  constructor({ parts, on }) {
    Object.assign(this, parts);
    this.on = on;
    this.queue = new Queue({ ...parts, on: { ...on, arrived: () => this.#arrived() } });
  }

  get current() {
    return this.queue.current;
  }

  get held() {
    return this.queue.held;
  }

  /** Begin with what an earlier page kept, if it is still ours. */
  async open({ lanes, held = [] }) {
    this.queue.open(lanes);
    const ours = await this.#stillOurs(held);
    if (ours.length) {
      this.queue.putBack(ours);
      this.#show(ours[0]);
      this.queue.fill();
    } else if (!this.current) this.showNext();
  }

  async #stillOurs(held) {
    try {
      const lost = await this.leases.extend(held);
      const words = gettext("What you had begun was not kept: its time ran out while you were away.");
      if (lost.length) this.notices.say(words);
      lost.forEach((job) => this.keeper.dropDraft(job));
      return held.filter((job) => !lost.includes(job));
    } catch (error) {
      this.on.trouble(error);
      return held;
    }
  }

  /** Give everything back; what is begun is kept only where the page may come again. */
  close({ isLeaving = false } = {}) {
    const keeps = (job) => isLeaving && this.keeper.wants(job);
    this.keeper.keepHeld(this.held.filter(keeps));
    this.queue.close({ keeps });
    this.stage.clear();
  }

  choose(lanes) {
    this.queue.choose(lanes);
    if (!this.current) this.showNext();
  }

  /** Look again for work, now and then. */
  beat() {
    if (!this.current) this.queue.fill();
  }

  // -- what is shown ------------------------------------------------------------------------------------------

  showNext() {
    const job = this.queue.next();
    if (job) this.#show(job);
    else if (this.queue.isEmpty) this.#empty();
    else this.#wait();
  }

  #wait() {
    this.stage.clear();
    this.view.state = "loading";
  }

  #empty() {
    this.stage.clear();
    this.view.empty({ isOneLane: this.queue.lanes.length > 0 });
  }

  async #show(job) {
    this.view.state = "loading";
    this.view.describe(job);
    this.draft.show(job, this.keeper.draft(job) ?? undefined);
    this.suggestion.show(job);
    this.guidelines.show(job.schema);
    this.#sayWhyItCameBack(job);
    try {
      const image = await this.pictures.of(job);
      if (this.current?.id !== job.id) return;
      this.stage.paint(job, image);
      this.view.state = "ready";
      this.watch.start();
    } catch {
      if (this.current?.id === job.id) this.#fail(job);
    }
  }

  #fail(job) {
    this.view.state = "failed";
    this.stage.fail(() => {
      this.pictures.forget(job);
      this.#show(job);
    });
  }

  #sayWhyItCameBack(job) {
    const why = this.#cameBack.get(job.id) ?? "";
    byId("came-back").textContent = why;
    byId("came-back").hidden = !why;
  }

  #arrived() {
    if (!this.current) this.showNext();
  }

  // -- what the person does -----------------------------------------------------------------------------------

  get acts() {
    return {
      toggle: ({ number }) => this.current && this.draft.classes.toggle(number),
      up: () => this.draft.classes.up(),
      fine: () => this.#answer({ classes: [], unsure: false }),
      unsure: () => this.#answer({ classes: [], unsure: true }),
      send: () => this.#send(),
      left: () => this.stage.pan(-1, 0),
      right: () => this.stage.pan(1, 0),
      upwards: () => this.stage.pan(0, -1),
      downwards: () => this.stage.pan(0, 1),
      accept: () => this.#accept(),
      leave: () => this.#leave(),
      note: () => this.current && this.draft.note.focus(),
    };
  }

  /** The draft was changed by the person. Where only one class is asked for, naming it is the whole answer. */
  changed(draft, { isComplete }) {
    if (!this.current) return;
    this.keeper.keepDraft(this.current, draft);
    this.keeper.dropUnsentOf(this.current);
    if (isComplete) this.#send();
  }

  /** Give the suggested answer, where one is shown. */
  #accept() {
    const { current } = this.suggestion;
    if (this.current && current) this.#answer({ classes: current.classes.map((one) => one.key), unsure: false });
  }

  /** Escape closes the guideline, then goes back to the whole image, then up a level of the classes. */
  #leave() {
    if (this.guidelines.close()) return;
    if (this.stage.isClose) this.stage.fit();
    else this.draft.classes.up();
  }

  #send() {
    const { classes } = this.draft.value;
    if (this.current && classes.length) this.#answer({ classes, unsure: false });
    else if (this.current) this.notices.say(gettext("Choose a class first, or press Space for fine."));
  }

  /** Nothing is answered unseen: a key pressed before the image is painted does nothing. */
  #answer(answer) {
    const job = this.current;
    if (!job || this.view.state !== "ready") return;
    const { note, reason } = this.draft.value;
    const item = {
      job,
      answer: { regions: [], ...answer },
      note,
      reason: fits(reason, answer) ? reason.key : "",
      seconds: this.watch.seconds,
    };
    this.pace.answered(performance.now());
    this.#done(job);
    this.showNext();
    this.outbox.send(item);
  }

  #done(job) {
    this.#cameBack.delete(job.id);
    this.keeper.dropDraft(job);
    this.pictures.forget(job);
  }

  /** Give the current job to somebody else: `send(job)` says so to the server. */
  async handOn(send) {
    const job = this.current;
    if (!job) return;
    const draft = this.draft.value;
    this.#done(job);
    this.keeper.dropUnsentOf(job);
    this.showNext();
    try {
      await send(job);
    } catch (error) {
      this.on.cameBack([{ job, answer: { classes: draft.classes }, note: draft.note }], error);
    }
  }

  // -- what comes back ----------------------------------------------------------------------------------------

  /** Show items again with what had been answered; what is on the stage keeps its own draft and waits behind. */
  bringBack(items, { why = "" } = {}) {
    for (const { job, answer, note, draftReason } of items) {
      this.keeper.keepDraft(job, { classes: answer.classes, note: note ?? "", reason: draftReason ?? null });
      if (why) this.#cameBack.set(job.id, this.#cameBackInWords(answer, job, why));
      else this.#cameBack.delete(job.id);
    }
    this.queue.putBack(items.map((one) => one.job));
    this.#show(this.current);
  }

  #cameBackInWords(answer, job, why) {
    return interpolate(gettext("Not sent: %(answer)s. %(why)s"), { answer: answerInWords(answer, job.schema), why });
  }

  /** These leases are gone. Returns whether what the person was looking at is among them. */
  lose(jobs) {
    const wasCurrent = jobs.some((job) => job.id === this.current?.id);
    for (const job of jobs) {
      this.#done(job);
      this.queue.drop(job);
    }
    if (wasCurrent) this.showNext();
    return wasCurrent;
  }
}

// The reason of a class goes only with an answer that names the class.
const fits = (reason, { classes }) => Boolean(reason) && (!reason.class_key || classes.includes(reason.class_key));
