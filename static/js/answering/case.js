// This will show what a viewer complained of or a poster contests, and what happened to the post before.

import { gettext } from "../language.js";
import { clock, namesInWords } from "./words.js";

const KINDS = {
  complaint: () => gettext("Complaint"),
  appeal: () => gettext("Appeal"),
};

/** Fill a panel with the case of a job; it is hidden where there is none. */
export function showCase(panel, job) {
  panel.hidden = !job.case;
  if (!job.case) return;
  panel.querySelector("[data-kind]").textContent = KINDS[job.case.kind]?.() ?? job.case.kind;
  panel.querySelector("[data-entries]").replaceChildren(...job.case.entries.map(entry));
  const history = job.case.history ?? [];
  panel.querySelector("[data-history]").hidden = history.length === 0;
  panel.querySelector("[data-history] ol").replaceChildren(...history.map((one) => event(one, job.schema)));
}

function entry({ at, reason, text }) {
  const item = document.createElement("li");
  item.append(line("case-reason", reason), line("case-text", text), time(at));
  return item;
}

function event({ at, kind, actor, classes, note }, schema) {
  const item = document.createElement("li");
  const what = [EVENTS[kind]?.() ?? kind, namesInWords(schema, classes ?? [])].filter(Boolean).join(": ");
  const who = line("case-actor", ACTORS[actor]?.() ?? actor);
  item.append(line("case-what", what), who, time(at), line("case-note", note));
  return item;
}

const EVENTS = {
  remove: () => gettext("Taken down"),
  keep: () => gettext("Kept"),
  ...KINDS,
};

const ACTORS = {
  person: () => gettext("by a person"),
  policy: () => gettext("by the machine"),
  viewer: () => gettext("by a viewer"),
  poster: () => gettext("by the poster"),
};

function line(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text ?? "";
  span.hidden = !text;
  return span;
}

function time(at) {
  const element = document.createElement("time");
  element.dateTime = at ?? "";
  element.textContent = at ? clock(at) : "";
  return element;
}
