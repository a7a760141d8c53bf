// This will keep what must survive a reload: answers not stored yet, what was chosen but not sent, jobs still held.
//
// Answers belong to the person and outlive the tab, so they are in localStorage; any tab may send them again, since
// the server stores an answer once. Drafts and leases belong to one tab, or two would work on one job.

const PREFIX = "second-look";

export class Keeper {
  #answers;
  #mode;
  #tab;

  constructor({ person, project, desk }) {
    this.#answers = new Shelf(() => localStorage, `${PREFIX}:unsent:${person}:${project}:${desk}`);
    this.#mode = new Shelf(() => localStorage, `${PREFIX}:mode:${person}:${desk}`);
    this.#tab = (name) => new Shelf(() => sessionStorage, `${PREFIX}:${name}:${person}:${project}:${desk}`);
  }

  /** What was sent and not confirmed: {id, batchId, items, at}. */
  get unsent() {
    return Object.values(this.#answers.read({}));
  }

  /** Keep of an entry of the outbox what sending it again needs; it replaces earlier ones about the same jobs. */
  keepUnsent({ id, batchId, items, at }) {
    const kept = (all) => Object.entries(all).filter(([, one]) => !isWithin(one, items));
    const entry = { id, batchId, items: items.map(forSending), at };
    this.#answers.change({}, (all) => ({ ...Object.fromEntries(kept(all)), [id]: entry }));
  }

  dropUnsent(id) {
    this.#answers.change({}, ({ [id]: _, ...rest }) => rest);
  }

  /** The person changed their mind about this job: what was sent before is not to be sent again. */
  dropUnsentOf(job) {
    this.unsent.filter((one) => isWithin(one, [{ job }])).forEach((one) => this.dropUnsent(one.id));
  }

  hasUnsent(job) {
    return this.unsent.some((entry) => entry.items.some((one) => one.job.id === job.id));
  }

  /** What was chosen for a job and not sent: {classes, note, reason}, or null. */
  draft(job) {
    return this.#tab("drafts").read({})[job.id] ?? null;
  }

  /** Keep a draft; one in which nothing is chosen or written is none. */
  keepDraft(job, draft) {
    const isEmpty = !draft.classes.length && !draft.note && !draft.reason && !draft.unsure;
    if (isEmpty) this.dropDraft(job);
    else this.#tab("drafts").change({}, (all) => ({ ...all, [job.id]: draft }));
  }

  dropDraft(job) {
    this.#tab("drafts").change({}, ({ [job.id]: _, ...rest }) => rest);
  }

  /** Whether a job has anything that leaving the page would lose. */
  wants(job) {
    return this.draft(job) !== null || this.hasUnsent(job);
  }

  /** Remember jobs whose leases are kept over a reload; `takeHeld` returns them once. */
  keepHeld(jobs) {
    this.#tab("held").write(jobs);
  }

  takeHeld() {
    const jobs = this.#tab("held").read([]);
    this.#tab("held").write([]);
    return jobs;
  }

  /** The mode this person last worked in at this desk: "one" or "grid". */
  get mode() {
    return this.#mode.read("one");
  }

  rememberMode(mode) {
    this.#mode.write(mode);
  }

  /** Something small of this tab under a name of its own, such as the session's tally. */
  tab(name) {
    return this.#tab(name);
  }
}

/** A machine may be shared: of a post nothing is left in it but its title, by which a refusal can name it. */
function forSending({ job, answer, note, reason, seconds }) {
  const { id, lease_token, title, schema, thumbnail_url, image_url, full_url } = job;
  return { job: { id, lease_token, title, schema, thumbnail_url, image_url, full_url }, answer, note, reason, seconds };
}

/** Whether an entry is about none but the jobs of these items. */
export const isWithin = (entry, items) => entry.items.every((one) => items.some((item) => item.job.id === one.job.id));

/** One value as JSON. Storage can be full or switched off: then nothing outlives the page, and nothing breaks. */
class Shelf {
  constructor(storage, key) {
    Object.assign(this, { storage, key });
  }

  read(otherwise) {
    try {
      return JSON.parse(this.storage().getItem(this.key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  write(value) {
    try {
      this.storage().setItem(this.key, JSON.stringify(value));
    } catch {
      // See above.
    }
  }

  change(otherwise, step) {
    this.write(step(this.read(otherwise)));
  }
}
