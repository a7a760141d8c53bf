// This will show how the last answer ended, and what was hidden until it was given.

import { State } from "./outbox.js";
import { hasWord, word } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Strip {
  show(entry, { answered, canUndo }) {
    byId("undo").hidden = !canUndo;
    byId("count").textContent = answered > 0 ? word("count", { n: answered }) : "";
    if (!entry) return this.#clear();
    byId("last").dataset.state = entry.state;
    byId("last-answer").textContent = inWords(entry);
    byId("last-state").textContent = word(entry.state);
    byId("last-more").textContent = entry.state === State.SAVED ? revealedInWords(entry) : "";
    return undefined;
  }

  #clear() {
    byId("last").dataset.state = "none";
    for (const id of ["last-answer", "last-state", "last-more"]) byId(id).textContent = "";
    byId("last-state").textContent = word("taken_back");
  }
}

function inWords({ job, answer }) {
  if (answer.unsure) return word("unsure");
  if (answer.classes.length === 0) return word("fine");
  return answer.classes.map((key) => nameOf(job, key)).join(", ");
}

function revealedInWords({ job, settled, revealed }) {
  const parts = [];
  if (revealed?.decision) parts.push(word(`decision_${revealed.decision}`));
  else if (!settled) parts.push(word("more_looks"));
  const scores = Object.entries(revealed?.scores ?? {}).sort((one, other) => other[1] - one[1]);
  if (scores.length) {
    const said = scores.slice(0, 2).map(([key, score]) => `${nameOf(job, key)} ${percent(score)}`);
    parts.push(word("machine_said", { scores: said.join(", ") }));
  }
  if (revealed?.reason) parts.push(hasWord(`reason_${revealed.reason}`) ? word(`reason_${revealed.reason}`) : revealed.reason);
  if (revealed?.poster) parts.push(word("poster", { poster: revealed.poster }));
  return parts.join(" · ");
}

const nameOf = (job, key) => job.schema.classes.find((one) => one.key === key)?.name ?? key;

// A small probability is not none: 0.4 % should not read "0 %".
const percent = (share) => `${share > 0 && share < 0.01 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
