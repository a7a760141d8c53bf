// This will do one thing to all selected posts: ask why, send them in parts, say what became of them.

import { Refused, post } from "../api.js";
import { gettext, interpolate, ngettext, number } from "../language.js";
import { uuid } from "../uuid.js";

const PART = 50;

const WORDS = {
  review: {
    title: (n) => ngettext("Send %(n)s post to review", "Send %(n)s posts to review", n),
    what: gettext("People who have not judged them are asked. Until they answer, what is published stays published."),
    go: gettext("Send to review"),
  },
  keep: {
    title: (n) => ngettext("Put %(n)s post back", "Put %(n)s posts back", n),
    what: gettext("They are published again and their clients are told. A review that measures the machine goes on, and its answer decides again; others are closed."),
    go: gettext("Put back"),
  },
  remove: {
    title: (n) => ngettext("Take %(n)s post down", "Take %(n)s posts down", n),
    what: gettext("They are unpublished and their clients are told. A review that measures the machine goes on, and its answer decides again; others are closed."),
    go: gettext("Take down"),
  },
};

const TOLD = {
  done: (n) => ngettext("%(n)s done", "%(n)s done", n),
  already: (n) => ngettext("%(n)s was so already", "%(n)s were so already", n),
  cannot: (n) => ngettext("%(n)s cannot be: it waits, failed or was withdrawn", "%(n)s cannot be: they wait, failed or were withdrawn", n),
  not_found: (n) => ngettext("%(n)s was not found", "%(n)s were not found", n),
};

const say = (text, n) => interpolate(text(n), { n: number(n) });
const find = (id) => document.getElementById(id);

export class Bulk {
  #bar;
  #selection;
  #onDone;
  #order = null;
  #codes = new Map();

  constructor(bar, selection, { onDone }) {
    this.#bar = bar;
    this.#selection = selection;
    this.#onDone = onDone;
    selection.addEventListener("change", () => this.#count());
    find("bulk-clear").addEventListener("click", () => selection.clear());
    find("bulk-page").addEventListener("click", () => selection.addPage());
    bar.addEventListener("click", (event) => this.#ask(event.target.closest("[data-bulk]")?.dataset.bulk));
    find("bulk-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#order) this.#begin();
    });
    find("bulk-again").addEventListener("click", () => this.#send());
    find("bulk-done").addEventListener("click", () => find("bulk-dialog").close());
    find("bulk-dialog").addEventListener("close", () => this.#end());
  }

  #count() {
    const { length } = this.#selection.posts;
    this.#bar.hidden = length === 0;
    find("bulk-count").textContent = number(length);
  }

  #ask(action) {
    if (!action) return;
    this.#bar.dataset.action = action;
    const words = WORDS[action];
    find("bulk-title").textContent = say(words.title, this.#selection.posts.length);
    find("bulk-what").textContent = words.what;
    find("bulk-go").textContent = words.go;
    find("bulk-class-field").hidden = action !== "remove";
    find("bulk-class").required = action === "remove";
    find("bulk-ask").hidden = false;
    find("bulk-doing").hidden = true;
    find("bulk-dialog").showModal();
    find(action === "remove" ? "bulk-class" : "bulk-reason").focus();
  }

  #begin() {
    const action = this.#bar.dataset.action;
    const chosen = find("bulk-class").value;
    this.#order = {
      batch_id: uuid(),
      action,
      classes: action === "remove" && chosen ? [chosen] : [],
      reason: find("bulk-reason").value,
    };
    this.#codes.clear();
    find("bulk-ask").hidden = true;
    find("bulk-doing").hidden = false;
    this.#send();
  }

  /** Send what has no answer yet. A part whose answer was lost may be sent again: the server knows the batch. */
  async #send() {
    const all = this.#selection.posts;
    find("bulk-after").hidden = true;
    find("bulk-again").hidden = true;
    try {
      for (let left = this.#left(all); left.length; left = this.#left(all)) {
        this.#progress(all);
        await this.#part(left.slice(0, PART));
      }
      this.#progress(all);
      this.#told();
    } catch (error) {
      this.#failed(error);
    }
    find("bulk-after").hidden = false;
    find("bulk-done").focus();
  }

  #left(all) {
    return all.filter((one) => !this.#codes.has(one));
  }

  async #part(posts) {
    const address = `${this.#bar.dataset.api}?project=${encodeURIComponent(this.#bar.dataset.project)}`;
    const { results } = await post(address, { ...this.#order, posts });
    for (const one of results) this.#codes.set(one.post, one.code);
  }

  #progress(all) {
    const bar = find("bulk-progress");
    bar.max = Math.max(1, all.length);
    bar.value = this.#codes.size;
    const facts = { n: number(this.#codes.size), all: number(all.length) };
    find("bulk-said").textContent = interpolate(gettext("%(n)s of %(all)s"), facts);
    find("bulk-results").replaceChildren();
  }

  #told() {
    const codes = [...this.#codes.values()];
    const lines = Object.keys(TOLD).map((code) => [code, codes.filter((one) => one === code).length]);
    find("bulk-results").replaceChildren(
      ...lines.filter(([, n]) => n).map(([code, n]) => {
        const line = document.createElement("li");
        line.textContent = say(TOLD[code], n);
        return line;
      }),
    );
    find("bulk-said").textContent = gettext("Finished.");
    this.#selection.clear();
  }

  #failed(error) {
    const isRefused = error instanceof Refused;
    find("bulk-said").textContent = isRefused
      ? error.message
      : gettext("The connection broke. What was sent is kept; try again for the rest.");
    find("bulk-again").hidden = isRefused;
  }

  #end() {
    const isDone = this.#order !== null;
    this.#order = null;
    find("bulk-form").reset();
    if (isDone) this.#onDone();
  }
}
