// This will send answers in the background, remember the last ten, and take them back.
//
// An entry is one answer, or a page of answers that share a batch. It is kept until the server has confirmed it, so
// that neither a reload nor a machine that slept loses it; sending the same answer again stores nothing twice.

import { Refused } from "../api.js";
import { refusalInWords } from "../refusals.js";
import { gettext, interpolate } from "../language.js";
import { isWithin } from "./keeper.js";
import { uuid } from "../uuid.js";
import { imagesInWords } from "./words.js";

const REMEMBERED = 10;

export const State = Object.freeze({
  SAVING: "saving",
  SAVED: "saved",
  LOST: "lost",
  TAKING_BACK: "taking_back",
});

const FINE = Object.freeze({ classes: [], regions: [], unsure: false });
const isOnItsWay = ({ state }) => state === State.SAVED || state === State.SAVING;

export class Outbox {
  /** `on`: changed(entry), saved(entry), refused(items) of a page, failed(entry, error), takenBack(entry). */
  constructor({ leases, keeper, on }) {
    Object.assign(this, { leases, keeper, on });
    this.entries = [];
  }

  get last() {
    return this.entries[0] ?? null;
  }

  /** The newest answer that is saved or on its way, and so can be taken back. */
  get undoable() {
    return this.entries.find((one) => isOnItsWay(one) && one.isRetractable) ?? null;
  }

  get isSaving() {
    return this.entries.some((one) => one.state === State.SAVING);
  }

  /** Send one answer: {job, answer, note, reason, seconds}. Returns its entry at once; `on` tells how it ended. */
  send(item) {
    return this.#begin({ id: uuid(), batchId: null, items: [item] });
  }

  /** Send a page of answers under one batch. */
  sendBatch(items, batchId) {
    return this.#begin({ id: batchId, batchId, items });
  }

  /** Send again what an earlier page could not confirm. */
  resume() {
    return this.keeper.unsent.map((one) => this.#begin(one));
  }

  /** Remember what the server knows of the last ten, for a page that has just been opened. */
  recall(answers, schema) {
    const known = new Set(this.entries.flatMap((one) => one.items.map((item) => item.job.id)));
    const recalled = grouped(answers.filter((one) => !known.has(one.job)), schema);
    this.entries = [...this.entries, ...recalled].slice(0, REMEMBERED);
    this.on.changed(this.last);
  }

  #begin({ id, batchId, items, at = Date.now() }) {
    const entry = { id, batchId, items, at, state: State.SAVING, isRetractable: true };
    this.keeper.keepUnsent(entry);
    const others = this.entries.filter((one) => one.state !== State.LOST || !isWithin(one, items));
    this.entries = [entry, ...others].slice(0, REMEMBERED);
    entry.done = this.#deliver(entry);
    this.on.changed(entry);
    return entry;
  }

  async #deliver(entry) {
    try {
      await (entry.batchId ? this.#sendAll(entry) : this.#sendOne(entry));
      this.keeper.dropUnsent(entry.id);
      this.on.saved(entry);
      const refused = refusedOf(entry);
      if (refused.length) this.on.refused(refused);
    } catch (error) {
      entry.state = State.LOST;
      Object.assign(entry, { error, detail: error.message });
      // What was refused will be refused again; what nobody heard is kept, to be sent on the next visit.
      if (error instanceof Refused && !error.isAboutThePerson) this.keeper.dropUnsent(entry.id);
      this.on.failed(entry, error);
    }
    this.on.changed(entry);
  }

  async #sendOne(entry) {
    const [item] = entry.items;
    // It outlives the page: an answer given just before leaving is still sent.
    const stored = await this.leases.post(`jobs/${item.job.id}/label/`, said(item), { keepalive: true });
    Object.assign(item, { labelId: stored.label_id, settled: stored.settled, revealed: stored.revealed });
    entry.state = State.SAVED;
  }

  async #sendAll(entry) {
    const answers = entry.items.map((item) => ({ job: item.job.id, ...said(item) }));
    const page = { batch_id: entry.batchId, answers };
    const { results } = await this.leases.post("jobs/label/", page, { keepalive: true });
    const told = new Map(results.map((one) => [one.job, one]));
    for (const item of entry.items) {
      const one = told.get(item.job.id) ?? {};
      const detail = one.label_id ? "" : refusalInWords(one);
      Object.assign(item, { code: one.code, detail, labelId: one.label_id, settled: one.settled });
    }
    entry.state = entry.items.some((item) => item.labelId) ? State.SAVED : State.LOST;
    entry.detail = refusedInWords(refusedOf(entry));
  }

  /** Take an entry back; returns its items with their jobs leased again (or none), and those that could not be. */
  async takeBack(entry) {
    await entry.done;
    if (entry.state !== State.SAVED) return null;
    entry.state = State.TAKING_BACK;
    this.on.changed(entry);
    try {
      const taken = await (entry.batchId ? this.#retractAll(entry) : this.#retractOne(entry));
      this.entries = this.entries.filter((one) => one !== entry);
      this.on.takenBack(entry);
      this.on.changed(this.last);
      return taken;
    } catch (error) {
      // A refusal is final (it stays saved), anything else can be tried again.
      entry.state = State.SAVED;
      entry.isRetractable = !(error instanceof Refused) || error.isAboutThePerson;
      this.on.changed(entry);
      throw error;
    }
  }

  async #retractOne(entry) {
    const [item] = entry.items;
    const { job } = await this.leases.post(`labels/${item.labelId}/retract/`);
    return { items: [{ ...item, job }], refused: [] };
  }

  async #retractAll(entry) {
    const { results } = await this.leases.post(`batches/${entry.batchId}/retract/`);
    // A page that was recalled from the server may hold more answers than it told of.
    const known = new Map(entry.items.map((item) => [item.labelId, item]));
    const items = results.map((one) => ({ answer: FINE, ...known.get(one.label_id), ...one }));
    const isBack = (one) => one.code === "retracted";
    return { items: items.filter(isBack), refused: items.filter((one) => !isBack(one)) };
  }
}

const refusedOf = ({ items }) => items.filter((one) => !one.labelId);

/** Say how many of a page were not stored, and each reason once. */
function refusedInWords(refused) {
  if (refused.length === 0) return "";
  const why = [...new Set(refused.map((one) => one.detail))].join(" ");
  return interpolate(gettext("Not saved: %(images)s. %(why)s"), { images: imagesInWords(refused.length), why });
}

const said = ({ job, answer, note, reason, seconds }) => ({
  lease_token: job.lease_token,
  answer,
  note: note ?? "",
  ...(reason ? { reason } : {}),
  ...(Number.isFinite(seconds) ? { seconds } : {}),
});

/** Turn what the server tells of the last answers into entries; those of one batch are one. */
function grouped(answers, schema) {
  const entries = new Map();
  for (const one of answers) {
    const id = one.batch_id ?? `label ${one.label_id}`;
    const entry = entries.get(id) ?? recalledEntry(one, id);
    entry.items.push(recalledItem(one, schema));
    entry.isRetractable ||= one.is_retractable;
    entries.set(id, entry);
  }
  return [...entries.values()];
}

const recalledEntry = (one, id) => ({
  id,
  batchId: one.batch_id ?? null,
  items: [],
  at: Date.parse(one.at),
  state: State.SAVED,
  isRetractable: one.is_retractable,
});

const recalledItem = (one, schema) => ({
  job: { id: one.job, schema, thumbnail_url: one.thumbnail_url },
  answer: { classes: one.classes, regions: [], unsure: one.unsure },
  note: one.note,
  labelId: one.label_id,
});
