// This will show how the last answer ended, and what was hidden until it was given.

import { gettext, interpolate } from "../language.js";
import { State } from "./outbox.js";
import { answeredInWords, answerInWords, reasonInWords, stateInWords } from "./words.js";

const byId = (id) => document.getElementById(id);

const DECISIONS = {
  remove: () => gettext("The post was taken down"),
  keep: () => gettext("The post stays published"),
};

export class Strip {
  show(entry, { answered, canUndo }) {
    byId("undo").hidden = !canUndo;
    byId("count").textContent = answered > 0 ? answeredInWords(answered) : "";
    if (!entry) return this.#clear();
    byId("last").dataset.state = entry.state;
    byId("last-answer").textContent = answerInWords(entry);
    byId("last-state").textContent = stateInWords(entry.state);
    byId("last-more").textContent = entry.state === State.SAVED ? revealedInWords(entry) : "";
    return undefined;
  }

  #clear() {
    byId("last").dataset.state = "none";
    for (const id of ["last-answer", "last-state", "last-more"]) byId(id).textContent = "";
    byId("last-state").textContent = stateInWords(State.TAKEN_BACK);
  }
}

function revealedInWords({ job, settled, revealed }) {
  const parts = [];
  if (revealed?.decision) parts.push(DECISIONS[revealed.decision]());
  else if (!settled) parts.push(gettext("More people will be asked"));
  const scores = Object.entries(revealed?.scores ?? {}).sort((one, other) => other[1] - one[1]);
  if (scores.length) {
    const said = scores.slice(0, 2).map(([key, score]) => `${nameOf(job, key)} ${percent(score)}`);
    parts.push(interpolate(gettext("Machine: %(scores)s"), { scores: said.join(", ") }));
  }
  if (revealed?.reason) parts.push(reasonInWords(revealed.reason));
  if (revealed?.poster) parts.push(interpolate(gettext("Poster: %(poster)s"), { poster: revealed.poster }));
  return parts.join(" · ");
}

const nameOf = (job, key) => job.schema.classes.find((one) => one.key === key)?.name ?? key;

// A small probability is not none: 0.4 % should not read "0 %".
const percent = (share) => `${share > 0 && share < 0.01 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
