// This will show how the last answer ended, and what was hidden until it was given, so that it anchored nobody.

import { gettext, interpolate, listed, ngettext, number } from "../language.js";
import { State } from "./outbox.js";
import { answerInWords, imagesInWords, kindOf, namesInWords, reasonInWords, stateInWords } from "./words.js";

const byId = (id) => document.getElementById(id);

const DECISIONS = {
  remove: () => gettext("The post was taken down"),
  keep: () => gettext("The post stays published"),
};

export class Last {
  constructor({ relief }) {
    this.relief = relief;
  }

  /** Show an entry of the outbox, or that there is none. */
  show(entry, { canUndo }) {
    byId("undo").hidden = !canUndo;
    byId("last").dataset.state = entry?.state ?? "none";
    byId("last-state").textContent = entry ? stateInWords(entry.state) : "";
    byId("last-answer").textContent = entry ? inWords(entry) : gettext("No answer to take back");
    this.#reveal(entry);
  }

  #reveal(entry) {
    const item = entry?.state === State.SAVED && !entry.batchId ? entry.items[0] : null;
    byId("last-more").textContent = item && "settled" in item ? outcome(item) : (entry?.detail ?? "");
    const { job, revealed } = item ?? {};
    const scores = Object.entries(revealed?.scores ?? {}).sort((one, other) => other[1] - one[1]);
    byId("scores").replaceChildren(...scores.map(([key, score]) => scoreRow(namesInWords(job.schema, [key]), score)));
    this.#poster(revealed);
    this.#similar(revealed?.similar ?? [], job?.schema);
  }

  #poster(revealed) {
    const history = revealed?.poster_history;
    byId("poster").hidden = !revealed?.poster;
    byId("poster-words").textContent = revealed?.poster ? posterInWords(revealed.poster, history) : "";
    const recent = (history?.recent ?? []).map((one) =>
      this.#thumbnail(one, { isDown: one.publication === "unpublished", words: clockless(one), classes: [] }),
    );
    byId("poster-posts").replaceChildren(...recent);
  }

  #similar(similar, schema) {
    byId("similar").hidden = similar.length === 0;
    const shown = similar.map((one) => {
      const answer = { classes: one.classes ?? [], unsure: false };
      return this.#thumbnail(one, {
        isDown: one.decision === "remove",
        words: answerInWords(answer, schema),
        classes: answer.classes,
      });
    });
    byId("similar-posts").replaceChildren(...shown);
  }

  #thumbnail({ thumbnail_url: address }, { isDown, words, classes }) {
    const item = document.createElement("li");
    const image = new Image();
    image.src = address;
    image.alt = words;
    image.title = words;
    item.className = isDown ? "thumb thumb-down sparable" : "thumb sparable";
    item.append(image);
    this.relief.spare(item, classes);
    return item;
  }
}

function inWords({ items, batchId, state }) {
  if (!batchId) return answerInWords(items[0].answer, items[0].job.schema);
  const stored = state === State.SAVED ? items.filter((one) => one.labelId) : items;
  const marked = stored.filter((one) => kindOf(one.answer) !== "fine").length;
  const words = ngettext("%(images)s, %(n)s of them marked", "%(images)s, %(n)s of them marked", marked);
  return interpolate(words, { images: imagesInWords(stored.length), n: marked });
}

/** Say what followed from an answer and what the policy had thought of the post. */
function outcome({ settled, revealed }) {
  const followed = DECISIONS[revealed?.decision]?.() ?? (settled ? "" : gettext("More people will be asked"));
  return [followed, revealed?.reason ? reasonInWords(revealed.reason) : ""].filter(Boolean).join(" · ");
}

function posterInWords(poster, history) {
  const who = interpolate(gettext("Poster: %(poster)s"), { poster });
  if (!history) return who;
  const words = ngettext("%(n)s other post", "%(n)s other posts", history.posts);
  const posts = interpolate(words, { n: number(history.posts) });
  const removed = interpolate(gettext("%(n)s taken down"), { n: number(history.removed) });
  const strikes = interpolate(ngettext("%(n)s strike", "%(n)s strikes", history.strikes), { n: number(history.strikes) });
  return `${who} · ${listed([posts, removed, ...(history.strikes ? [strikes] : [])])}`;
}

const clockless = ({ publication }) =>
  publication === "unpublished" ? gettext("Taken down") : gettext("Published");

function scoreRow(name, score) {
  const row = byId("score-row").content.firstElementChild.cloneNode(true);
  row.querySelector(".score-name").textContent = name;
  row.querySelector("meter").value = score;
  row.querySelector(".score-share").textContent = percent(score);
  return row;
}

// A small probability is not none: 0.4 % should not read "0 %".
const percent = (share) =>
  number(share, { style: "percent", maximumFractionDigits: share > 0 && share < 0.01 ? 1 : 0 });
