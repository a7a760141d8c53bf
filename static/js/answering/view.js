// This will show what is known of a job before it is answered: its words, its time, its case. It decides nothing.

import { gettext, interpolate } from "../language.js";
import { showCase } from "./case.js";
import { span } from "./words.js";

const byId = (id) => document.getElementById(id);

export class View {
  constructor() {
    this.desk = byId("desk");
  }

  set state(value) {
    this.desk.dataset.state = value;
    byId("empty").hidden = value !== "empty";
  }

  get state() {
    return this.desk.dataset.state;
  }

  /** Show everything about a job but its image. */
  describe(job) {
    const title = job.title || gettext("Untitled");
    byId("title").textContent = title;
    byId("title").classList.toggle("soft", !job.title);
    byId("description").textContent = job.description ?? "";
    byId("attributes").replaceChildren(...rows(job.attributes ?? {}));
    this.#due(job);
    showCase(byId("case"), job);
    this.announce(interpolate(gettext("Image: %(title)s"), { title }));
  }

  announce(text) {
    byId("announcer").textContent = text;
  }

  /** Say how much time is left, where the project lets people know it. */
  #due(job) {
    const due = byId("due");
    due.hidden = !job.due_at;
    if (!job.due_at) return;
    const left = new Date(job.due_at) - Date.now();
    const words = left < 0 ? gettext("Overdue by %(time)s") : gettext("Due in %(time)s");
    due.textContent = interpolate(words, { time: span(left) });
    due.dataset.urgency = left < 0 ? "overdue" : "none";
  }

  /** Show that nothing waits: nowhere, or only not in the chosen lane. */
  empty({ isOneLane }) {
    this.state = "empty";
    for (const one of byId("empty").querySelectorAll("[data-for]")) {
      one.hidden = (one.dataset.for === "lane") !== isOneLane;
    }
    byId("all-lanes").hidden = !isOneLane;
    const time = new Date().toLocaleTimeString(document.documentElement.lang);
    byId("empty-looked").textContent = interpolate(gettext("Last looked at %(time)s."), { time });
  }

  /** Take focus from whatever was clicked, so that the next Space does not press it again. */
  toStage() {
    byId("content").focus({ preventScroll: true });
  }
}

function rows(attributes) {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const pair = document.createElement("div");
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = name;
    detail.textContent = typeof value === "object" ? JSON.stringify(value) : String(value);
    pair.append(term, detail);
    return pair;
  });
}
