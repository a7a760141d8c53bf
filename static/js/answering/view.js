// This will show a job and what has been chosen for it. It decides nothing.

import { gettext, interpolate } from "../language.js";
import { span } from "./words.js";

const byId = (id) => document.getElementById(id);

export class View {
  constructor() {
    this.desk = byId("desk");
    this.picture = byId("picture");
    this.note = byId("note");
    this.isFull = false;
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
    this.state = "loading";
    byId("title").textContent = job.title || gettext("Untitled");
    byId("title").classList.toggle("soft", !job.title);
    byId("description").textContent = job.description;
    this.#attributes(job.attributes ?? {});
    this.#due(job);
    byId("announcer").textContent = interpolate(gettext("Image: %(title)s"), { title: job.title || gettext("Untitled") });
  }

  #attributes(attributes) {
    const rows = Object.entries(attributes).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const detail = document.createElement("dd");
      term.textContent = name;
      detail.textContent = typeof value === "object" ? JSON.stringify(value) : String(value);
      return [term, detail];
    });
    byId("attributes").replaceChildren(...rows);
  }

  /** Say how much time is left, where the project lets people know it. */
  #due(job) {
    const due = byId("due");
    due.hidden = !job.due_at;
    if (!job.due_at) return;
    const left = new Date(job.due_at) - Date.now();
    due.textContent = interpolate(left < 0 ? gettext("Overdue by %(time)s") : gettext("Due in %(time)s"), { time: span(left) });
    due.dataset.urgency = left < 0 ? "overdue" : "none";
  }

  /** Show whether there is something to send. */
  markReady(isReady) {
    byId("send").classList.toggle("is-ready", isReady);
  }

  /** Put a decoded image on the stage. */
  paint(image) {
    this.picture.replaceChildren(image);
    this.state = "ready";
  }

  paintFailure(retry) {
    const button = document.createElement("button");
    button.className = "btn btn-quiet";
    button.textContent = gettext("Try again");
    button.addEventListener("click", retry);
    const text = document.createElement("p");
    text.textContent = gettext("The image could not be loaded.");
    const box = document.createElement("div");
    box.className = "picture-failed";
    box.append(text, button);
    this.picture.replaceChildren(box);
    // It cannot be judged unseen, but it can be skipped.
    this.state = "failed";
  }

  clear() {
    this.picture.replaceChildren();
  }

  empty({ isOneLane }) {
    this.clear();
    this.state = "empty";
    for (const one of byId("empty").querySelectorAll("[data-for]")) {
      one.hidden = (one.dataset.for === "lane") !== isOneLane;
    }
    byId("all-lanes").hidden = !isOneLane;
    byId("empty-looked").textContent = interpolate(gettext("Last looked at %(time)s."), { time: new Date().toLocaleTimeString() });
  }

  full(image) {
    this.isFull = image !== null;
    this.desk.classList.toggle("is-full", this.isFull);
    byId("full").setAttribute("aria-pressed", String(this.isFull));
    if (image) this.picture.replaceChildren(image);
  }

  markLanes(lanes) {
    for (const button of byId("lanes").querySelectorAll("[data-lane]")) {
      const { lane } = button.dataset;
      button.setAttribute("aria-pressed", String(lane ? lanes.includes(lane) : lanes.length === 0));
    }
  }

  toStage() {
    byId("content").focus({ preventScroll: true });
  }
}
