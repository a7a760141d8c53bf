// This will send answers in the background, remember the last ten, and take them back.

import { post, Refused } from "../api.js";

const REMEMBERED = 10;

export const State = Object.freeze({
  SAVING: "saving",
  SAVED: "saved",
  LOST: "lost",
  TAKING_BACK: "taking_back",
  TAKEN_BACK: "taken_back",
});

export class Outbox {
  constructor({ queue, on }) {
    Object.assign(this, { queue, on });
    this.entries = [];
    this.answered = 0;
  }

  get last() {
    return this.entries[0] ?? null;
  }

  /** The newest answer that is saved or on its way, and so can be taken back. */
  get undoable() {
    return this.entries.find((one) => one.state === State.SAVED || one.state === State.SAVING) ?? null;
  }

  /** Send an answer; returns at once. How it ended is told by on.changed, and by on.failed with the error. */
  send(job, answer, note) {
    const entry = { job, answer, note, state: State.SAVING, labelId: null, settled: false, revealed: null };
    this.entries = [entry, ...this.entries].slice(0, REMEMBERED);
    entry.done = this.#deliver(entry);
    this.on.changed(entry);
  }

  async #deliver(entry) {
    const { job, answer, note } = entry;
    const address = this.queue.address(`jobs/${job.id}/label/`);
    try {
      // It outlives the page: an answer given just before leaving is still sent.
      const stored = await post(address, { lease_token: job.lease_token, answer, note }, { keepalive: true });
      Object.assign(entry, {
        state: State.SAVED,
        labelId: stored.label_id,
        settled: stored.settled,
        revealed: stored.revealed,
      });
      this.answered += 1;
    } catch (error) {
      entry.state = State.LOST;
      this.on.failed(entry, error);
    }
    this.on.changed(entry);
  }

  /** Take the newest answer back; returns its entry with the job leased again, or null where there is none. */
  async undo() {
    const entry = this.undoable;
    if (!entry) return null;
    await entry.done;
    if (entry.state !== State.SAVED) return null;
    entry.state = State.TAKING_BACK;
    this.on.changed(entry);
    try {
      const { job } = await post(this.queue.address(`labels/${entry.labelId}/retract/`));
      this.entries = this.entries.filter((one) => one !== entry);
      this.answered -= 1;
      this.on.changed(this.last);
      return { ...entry, job };
    } catch (error) {
      // A refusal is final (it stays saved), anything else can be tried again.
      entry.state = State.SAVED;
      this.on.changed(entry);
      throw error;
    }
  }
}

export const isFinal = (error) => error instanceof Refused;
