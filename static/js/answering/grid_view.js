// This will show a page of a grid as tiles. It decides nothing.

import { gettext, interpolate, ngettext } from "../language.js";
import { TileState } from "./page.js";
import { answerInWords, imagesInWords, kindOf } from "./words.js";

const byId = (id) => document.getElementById(id);
// Height by width. Images are shown whole, since nothing is answered unseen; most photos lie.
const TILE_SHAPE = 0.85;
const MOST_COLUMNS = 12;

export class GridView {
  /** `on`: chosen(index) by a click, opened(index) by two. */
  constructor({ relief, on }) {
    this.relief = relief;
    this.box = byId("grid");
    this.columns = 1;
    const indexOf = (event) => [...this.box.children].indexOf(event.target.closest("[data-tile]"));
    this.box.addEventListener("click", (event) => indexOf(event) >= 0 && on.chosen(indexOf(event)));
    this.box.addEventListener("dblclick", (event) => indexOf(event) >= 0 && on.opened(indexOf(event)));
    this.box.addEventListener("focusin", (event) => indexOf(event) >= 0 && on.chosen(indexOf(event)));
    new ResizeObserver(() => this.#arrange()).observe(this.box);
  }

  /** Build the tiles of a page; resolves with those whose image could not be loaded. */
  async show(page) {
    this.box.replaceChildren(...page.tiles.map((tile) => this.#tile(tile)));
    this.#arrange();
    page.tiles.forEach((_, index) => this.mark(page, index));
    const seen = [...this.box.children].map((one) => one.querySelector("img").decode());
    const ended = await Promise.allSettled(seen);
    return page.tiles.filter((_, index) => ended[index].status === "rejected");
  }

  clear() {
    this.box.replaceChildren();
  }

  /** Show what a tile is marked with and how it ended. */
  mark(page, index) {
    const tile = page.tiles[index];
    const button = this.box.children[index];
    if (!button) return;
    const answer = answerInWords(tile.answer, tile.job.schema);
    button.dataset.state = tile.state;
    button.dataset.kind = kindOf(tile.answer);
    button.tabIndex = index === page.at ? 0 : -1;
    button.setAttribute("aria-current", String(index === page.at));
    button.setAttribute("aria-label", labelOf(tile, answer));
    button.querySelector(".tile-answer").textContent = kindOf(tile.answer) === "fine" ? "" : answer;
    button.querySelector(".tile-detail").textContent = tile.detail;
    if (tile.state === TileState.SAVED) this.relief.spare(button, tile.answer.classes);
  }

  markAll(page) {
    page.tiles.forEach((_, index) => this.mark(page, index));
    this.#sayWhatIsSent(page);
  }

  /** Move the focus; the tiles left and reached are marked anew. */
  focus(page, before) {
    this.mark(page, before);
    this.mark(page, page.at);
    this.box.children[page.at]?.focus({ preventScroll: false });
  }

  #sayWhatIsSent(page) {
    const [count, marked] = [page.open.length, page.marked.length];
    const words = ngettext("%(fine)s fine, %(n)s marked", "%(fine)s fine, %(n)s marked", marked);
    const isOver = page.isOver || count === 0;
    const isSaving = page.tiles.some((one) => one.state === TileState.SAVING);
    const answer = interpolate(gettext("Answer %(images)s"), { images: imagesInWords(count) });
    const next = isSaving ? gettext("Saving") : gettext("Next page");
    byId("send-page-words").textContent = isOver ? next : answer;
    byId("send-page-more").textContent = isOver ? "" : interpolate(words, { fine: count - marked, n: marked });
  }

  #tile({ job }) {
    const button = byId("tile").content.firstElementChild.cloneNode(true);
    const image = button.querySelector("img");
    image.src = job.thumbnail_url;
    image.alt = "";
    return button;
  }

  /** Choose the number of columns that makes the tiles largest, so that a page needs no scrolling. */
  #arrange() {
    const count = this.box.children.length;
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!count || !width) return;
    const columns = Array.from({ length: Math.min(count, MOST_COLUMNS) }, (_, index) => index + 1);
    const sizes = columns.map((one) => sizeOf(one, { count, width, height }));
    this.columns = sizes.indexOf(Math.max(...sizes)) + 1;
    this.box.style.setProperty("--columns", this.columns);
    this.box.style.setProperty("--rows", Math.ceil(count / this.columns));
  }
}

const sizeOf = (columns, { count, width, height }) =>
  Math.min(width / columns, height / Math.ceil(count / columns) / TILE_SHAPE);

const STATES = {
  [TileState.SAVING]: () => gettext("Saving"),
  [TileState.SAVED]: () => gettext("Saved"),
};

function labelOf({ job, state, detail }, answer) {
  const title = job.title || gettext("Untitled");
  return [`${title}: ${answer}`, STATES[state]?.() ?? "", detail].filter(Boolean).join(". ");
}
