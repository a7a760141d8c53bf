// This will count what was answered since the person sat down, and say it when they get up.

import { gettext, interpolate, ngettext, number } from "../language.js";
import { median } from "./pace.js";
import { kindOf, namesInWords, span } from "./words.js";

const byId = (id) => document.getElementById(id);
const EMPTY = { answers: {}, names: {}, since: null };

export class Tally {
  #shelf;
  #all;

  /** It is kept with the tab, so that a reload does not end a session. */
  constructor({ keeper }) {
    this.#shelf = keeper.tab("tally");
    this.#all = this.#shelf.read(structuredClone(EMPTY));
  }

  get count() {
    return Object.keys(this.#all.answers).length;
  }

  /** Count the stored answers of an entry; `seconds` is how long each took. */
  add(entry) {
    this.#all.since ??= entry.at;
    for (const { job, answer, labelId, seconds } of entry.items) {
      if (!labelId) continue;
      this.#all.answers[labelId] = { kind: kindOf(answer), classes: answer.classes, seconds };
      for (const key of answer.classes) this.#all.names[key] = namesInWords(job.schema, [key]);
    }
    this.#shelf.write(this.#all);
  }

  remove(entry) {
    for (const { labelId } of entry.items) delete this.#all.answers[labelId];
    this.#shelf.write(this.#all);
  }

  /** Begin anew, as after a summary. */
  clear() {
    this.#all = structuredClone(EMPTY);
    this.#shelf.write(this.#all);
  }

  /** Show the summary of this session in its dialog. */
  show() {
    const answers = Object.values(this.#all.answers);
    byId("summary-count").textContent = number(answers.length);
    byId("summary-words").textContent = ngettext("image answered", "images answered", answers.length);
    byId("summary-rows").replaceChildren(...this.#rows(answers).flatMap(([name, value]) => pair(name, value)));
    byId("summary").showModal();
  }

  #rows(answers) {
    if (answers.length === 0) return [];
    const rows = [[gettext("Fine"), number(answers.filter((one) => one.kind === "fine").length)]];
    for (const [key, name] of Object.entries(this.#all.names)) {
      const count = answers.filter((one) => one.classes.includes(key)).length;
      if (count) rows.push([name, number(count)]);
    }
    rows.push([gettext("Not sure"), number(answers.filter((one) => one.kind === "unsure").length)]);
    const seconds = answers.map((one) => one.seconds).filter((one) => one > 0);
    if (seconds.length) rows.push([gettext("Median time of an image"), secondsInWords(median(seconds))]);
    if (this.#all.since) rows.push([gettext("Time since the first answer"), span(Date.now() - this.#all.since)]);
    return rows;
  }
}

const secondsInWords = (seconds) =>
  interpolate(gettext("%(n)s s"), { n: number(seconds, { maximumFractionDigits: 1 }) });

function pair(name, value) {
  const term = document.createElement("dt");
  const detail = document.createElement("dd");
  term.textContent = name;
  detail.textContent = value;
  return [term, detail];
}
