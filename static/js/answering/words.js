// This will hold the words that several parts of a desk say.

import { gettext, interpolate, listed, ngettext } from "../language.js";
import { namesOf } from "./class_tree.js";

const REASONS = {
  manual_mode: () => gettext("People look at every post"),
  no_deployment: () => gettext("No model version is deployed"),
  score_review: () => gettext("Flagged by the machine"),
  score_remove: () => gettext("Taken down by the machine"),
  score_remove_assisted: () => gettext("The machine would have taken it down"),
  score_pass: () => gettext("Drawn by chance from what passed"),
  override_always_a_person: () => gettext("A person always looks at this poster"),
  override_trusted_poster: () => gettext("Trusted poster"),
};

/** Say why the policy did what it did; a reason without words is said as it is. */
export const reasonInWords = (reason) => REASONS[reason]?.() ?? reason;

/** Say a span of time in its largest whole unit. */
export function span(milliseconds) {
  const minutes = Math.max(1, Math.round(Math.abs(milliseconds) / 60000));
  if (minutes < 90) return interpolate(gettext("%(n)s min"), { n: minutes });
  const hours = Math.round(minutes / 60);
  if (hours < 48) return interpolate(gettext("%(n)s h"), { n: hours });
  return interpolate(gettext("%(n)s d"), { n: Math.round(hours / 24) });
}

const SHORT = { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };

/** Say when something was, in the language of the page. */
export const clock = (at) =>
  new Date(at).toLocaleString(document.documentElement.lang, SHORT);

/** Say classes by their names; a schema that is not known leaves their keys. */
export const namesInWords = (schema, keys) => listed(schema ? namesOf(schema, keys) : keys);

/** Say an answer: fine, not sure, or its classes by name. */
export function answerInWords(answer, schema) {
  if (answer.unsure) return gettext("Not sure");
  return answer.classes.length ? namesInWords(schema, answer.classes) : gettext("Fine");
}

/** Name the kind of an answer: what a screen colors it by. */
export function kindOf(answer) {
  if (answer.unsure) return "unsure";
  return answer.classes.length ? "violation" : "fine";
}

const STATES = {
  saving: () => gettext("Saving"),
  saved: () => gettext("Saved"),
  lost: () => gettext("Not saved"),
  taking_back: () => gettext("Taking back"),
};

export const stateInWords = (state) => STATES[state]();

export const imagesInWords = (count) => interpolate(ngettext("%(n)s image", "%(n)s images", count), { n: count });
