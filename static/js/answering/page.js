// This will be one page of a grid: the jobs on it, what is marked, and how each ended. Pure: no screen, no server.

import { kindOf } from "./words.js";

const FINE = Object.freeze({ classes: [], unsure: false });

export const TileState = Object.freeze({
  OPEN: "open",
  SAVING: "saving",
  SAVED: "saved",
  LOST: "lost",
  GONE: "gone",
});

export class Page {
  /** `items` are {job, answer?, note?}; an answer that is there already is marked. */
  constructor(items) {
    this.tiles = items.map(({ job, answer, note }) => ({
      job,
      answer: answer ? { classes: answer.classes, unsure: answer.unsure } : FINE,
      note: note ?? "",
      state: TileState.OPEN,
      detail: "",
    }));
    this.at = 0;
    this.isOver = false;
  }

  get focused() {
    return this.tiles[this.at] ?? null;
  }

  get open() {
    return this.tiles.filter((one) => one.state === TileState.OPEN);
  }

  get marked() {
    return this.open.filter((one) => kindOf(one.answer) !== "fine");
  }

  /** Jobs whose leases this page still needs. */
  get held() {
    return this.tiles.filter((one) => [TileState.OPEN, TileState.SAVING].includes(one.state)).map((one) => one.job);
  }

  /** Move to a tile, as far as there are tiles; returns whether it is another one. */
  moveTo(index) {
    const before = this.at;
    this.at = Math.min(this.tiles.length - 1, Math.max(0, index));
    return this.at !== before;
  }

  tileOf(job) {
    return this.tiles.find((one) => one.job.id === job.id);
  }

  mark(tile, answer) {
    if (tile.state === TileState.OPEN) tile.answer = answer;
  }

  /** What is to be sent: every open tile, marked or fine. */
  items(seconds) {
    const each = seconds / Math.max(1, this.open.length);
    return this.open.map(({ job, answer, note }) => ({ job, answer: { regions: [], ...answer }, note, seconds: each }));
  }

  sending() {
    this.open.forEach((one) => (one.state = TileState.SAVING));
  }

  /** The server told how each item ended. Returns how many were not stored. */
  ended(items) {
    for (const { job, labelId, detail } of items) {
      const tile = this.tileOf(job);
      tile.state = labelId ? TileState.SAVED : TileState.LOST;
      tile.detail = labelId ? "" : (detail ?? "");
    }
    this.isOver = true;
    return this.tiles.filter((one) => one.state === TileState.LOST).length;
  }

  /** Nobody heard it: everything is open again as it was. */
  failed() {
    this.tiles.filter((one) => one.state === TileState.SAVING).forEach((one) => (one.state = TileState.OPEN));
  }

  close(tile, state, detail) {
    Object.assign(tile, { state, detail });
  }
}

export { FINE };
