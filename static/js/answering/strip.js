// This will show the last ten answers as small images, each with its state; choosing one takes it back.

import { gettext, interpolate } from "../language.js";
import { State } from "./outbox.js";
import { answerInWords, imagesInWords, kindOf, stateInWords } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Strip {
  #entries = new Map();

  constructor({ relief, onTake }) {
    this.relief = relief;
    this.list = byId("film-list");
    this.list.addEventListener("click", (event) => {
      const entry = this.#entries.get(event.target.closest("button")?.dataset.entry);
      if (entry) onTake(entry);
    });
    this.list.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Show these entries, the newest first. */
  show(entries) {
    this.#entries = new Map(entries.map((one) => [one.id, one]));
    byId("film-none").hidden = entries.length > 0;
    const known = new Map([...this.list.children].map((item) => [item.firstElementChild.dataset.entry, item]));
    const items = entries.map((entry) => this.#mark(known.get(entry.id) ?? this.#item(entry), entry));
    [...this.list.children].filter((item) => !items.includes(item)).forEach((item) => item.remove());
    items.forEach((item, index) => this.#place(item, this.list.children[index] ?? null));
  }

  /** What stands there already is not moved, or it would lose the focus. */
  #place(item, before) {
    if (item !== before) this.list.insertBefore(item, before);
  }

  /** Put the focus on the newest answer. */
  focus() {
    this.list.querySelector("button:not(:disabled)")?.focus();
  }

  #item(entry) {
    const item = byId("film-item").content.firstElementChild.cloneNode(true);
    const [first] = entry.items;
    item.firstElementChild.dataset.entry = entry.id;
    item.querySelector("img").src = first.job.thumbnail_url;
    this.relief.spare(item.firstElementChild, entry.items.flatMap((one) => one.answer.classes));
    return item;
  }

  #mark(item, entry) {
    const button = item.firstElementChild;
    const words = inWords(entry);
    if (entry.items.length > 1) item.querySelector(".film-many").textContent = told(entry).length;
    button.dataset.state = entry.state;
    button.dataset.kind = worst(entry);
    button.disabled = ![State.SAVED, State.SAVING].includes(entry.state) || !entry.isRetractable;
    button.title = words;
    button.setAttribute("aria-label", words);
    return item;
  }

  #walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const buttons = [...this.list.querySelectorAll("button:not(:disabled)")];
    buttons[buttons.indexOf(event.target) + step]?.focus();
  }
}

const ORDER = ["violation", "unsure", "fine"];
const worst = (entry) => ORDER.find((kind) => told(entry).some((one) => kindOf(one.answer) === kind));

/** The items that an entry tells of: what a saved page stored. */
const told = ({ state, items }) => (state === State.SAVED ? items.filter((one) => one.labelId) : items);

/** Say an entry in full: what it was, what was answered, how it stands, what choosing it does. */
function inWords(entry) {
  const [{ job, answer }] = entry.items;
  const isPage = entry.items.length > 1;
  const one = [job.title, answerInWords(answer, job.schema)].filter(Boolean).join(": ");
  const what = isPage ? imagesInWords(told(entry).length) : one;
  const state = interpolate(gettext("%(what)s. %(state)s."), { what, state: stateInWords(entry.state) });
  const words = [state, entry.detail].filter(Boolean).join(" ");
  if (entry.state === State.LOST) return words;
  if (!entry.isRetractable) return `${words} ${gettext("It can no longer be taken back.")}`;
  return `${words} ${gettext("Take it back.")}`;
}
