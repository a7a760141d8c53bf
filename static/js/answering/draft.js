// This will hold what is chosen for the job on the stage and not sent yet: classes, note, the text of a reason.

import { Classes } from "./classes.js";

const byId = (id) => document.getElementById(id);

export class Draft {
  #isShowing = false;
  #reason = null;

  /** `onChange(draft, {isComplete})` is told of every change that the person makes. */
  constructor({ onChange }) {
    this.onChange = onChange;
    this.note = byId("note");
    this.classes = new Classes({ root: byId("choosing"), onChange: (change) => this.#changed(change) });
    this.note.addEventListener("input", () => this.#changed({}));
    byId("reason-chip").addEventListener("click", () => this.explain(null));
  }

  /** {classes, note, reason}, as it can be kept and shown again; `reason` is a template or null. */
  get value() {
    return { classes: [...this.classes.chosen], note: this.note.value.trim(), reason: this.#reason };
  }

  show(job, { classes = [], note = "", reason = null } = {}) {
    this.#isShowing = true;
    this.note.value = note;
    this.classes.show(job.schema, new Set(classes));
    this.#showReason(reason);
    this.#isShowing = false;
    byId("send").classList.toggle("is-ready", classes.length > 0);
  }

  /** Give the answer a reason from the templates; one that belongs to a class chooses that class too. */
  explain(template) {
    const { chosen } = this.classes;
    const key = template?.class_key;
    if (key && !chosen.has(key)) this.classes.accept({ classes: [...chosen, key].map((one) => ({ key: one })) });
    this.#showReason(template && { ...template });
    this.#changed({});
  }

  #showReason(reason) {
    this.#reason = reason;
    byId("reason-chip").hidden = !reason;
    byId("reason-text").textContent = reason?.text ?? "";
  }

  #changed({ isComplete = false }) {
    if (this.#isShowing) return;
    const { value } = this;
    byId("send").classList.toggle("is-ready", value.classes.length > 0);
    this.onChange(value, { isComplete });
  }
}
