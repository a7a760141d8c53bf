// This will show what the model would answer, where the project wants its annotators to see it.

import { gettext, listed, number } from "../language.js";
import { closest, nameOf } from "./class_tree.js";

export class Suggestion {
  #suggestion = null;

  /** `root` holds [data-words], and a button that accepts: it carries data-act="accept". */
  constructor({ root }) {
    this.root = root;
    this.words = root.querySelector("[data-words]");
  }

  /** What is suggested for the job that is shown: {classes: [{key, score}]}, or null. */
  get current() {
    return this.#suggestion;
  }

  show(job) {
    this.#suggestion = job.suggestion ?? null;
    this.root.hidden = this.#suggestion === null;
    if (this.#suggestion) this.words.textContent = inWords(job.schema, this.#suggestion);
  }
}

function inWords(schema, { classes }) {
  if (classes.length === 0) return gettext("Fine");
  const meant = closest(schema, classes.map((one) => one.key));
  const scores = new Map(classes.map((one) => [one.key, one.score]));
  // A name and its number stay on one line.
  return listed(meant.map((key) => `${nameOf(schema, key)}\u00a0${percent(scores.get(key))}`));
}

const percent = (share) => number(share, { style: "percent", maximumFractionDigits: 0 });
