// This will hold the jobs that are leased to this page: the one being looked at and the next few.

import { post, Refused } from "../api.js";

const AHEAD = 3;
const FILL_BELOW = 2;
export const LEASE_LOST = "lease_lost";

export class Queue {
  #ready = [];
  #isFilling = false;

  constructor({ api, desk, project, pictures, on }) {
    Object.assign(this, { api, desk, project, pictures, on });
    this.current = null;
    this.lanes = [];
    this.isEmpty = false;
  }

  get held() {
    return this.current ? [this.current, ...this.#ready] : [...this.#ready];
  }

  address(path) {
    return `${this.api}${path}?project=${encodeURIComponent(this.project)}`;
  }

  /** Make the next ready job the current one, or none; asks for more in the background. */
  next() {
    this.current = this.#ready.shift() ?? null;
    this.fill();
    return this.current;
  }

  /** Put a job in front of everything; the current one waits behind it. */
  putBack(job) {
    if (this.current) this.#ready.unshift(this.current);
    this.current = job;
    this.pictures.of(job).catch(() => {});
  }

  /** Claim jobs until enough are ready. One request at a time. */
  async fill() {
    if (this.#isFilling || (this.current && this.#ready.length >= FILL_BELOW)) return;
    this.#isFilling = true;
    try {
      const lanes = this.lanes;
      const found = await post(this.address("jobs/claim/"), {
        desk: this.desk,
        count: AHEAD - this.#ready.length,
        ...(lanes.length ? { lanes } : {}),
      });
      this.#take(found?.jobs ?? [], lanes);
    } catch (error) {
      this.on.trouble(error);
    } finally {
      this.#isFilling = false;
    }
  }

  #take(jobs, lanes) {
    this.isEmpty = jobs.length === 0;
    this.on.reached();
    // The lanes were changed while this was under way: these jobs are not the ones that are wanted now.
    if (lanes !== this.lanes) {
      jobs.forEach((job) => this.release(job));
      return this.on.arrived();
    }
    for (const job of jobs) {
      this.pictures.of(job).catch(() => {});
      this.#ready.push(job);
    }
    return this.on.arrived();
  }

  /** Choose the lanes to work in. Jobs do not say their lane, so all that was claimed ahead is given back. */
  choose(lanes) {
    this.lanes = lanes;
    this.#ready.forEach((job) => this.release(job));
    this.#ready = [];
    this.fill();
  }

  drop(job) {
    this.#ready = this.#ready.filter((one) => one.id !== job.id);
    if (this.current?.id === job.id) this.current = null;
  }

  /** Extend every lease; what turned out to be lost is dropped and reported. */
  async extend() {
    await Promise.all(this.held.map((job) => this.#extendOne(job)));
  }

  async #extendOne(job) {
    try {
      const answer = await post(this.address(`jobs/${job.id}/extend/`), { lease_token: job.lease_token });
      job.lease_until = answer.lease_until;
      this.on.reached();
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== LEASE_LOST) return this.on.trouble(error);
      // It may have been answered in the meantime; then there is nothing to tell.
      if (!this.held.some((one) => one.id === job.id && one.lease_token === job.lease_token)) return;
      const wasCurrent = this.current?.id === job.id;
      this.drop(job);
      this.on.lost(wasCurrent);
    }
  }

  /** Give a job back for good; somebody else is asked. */
  async skip(job, reason) {
    await post(this.address(`jobs/${job.id}/skip/`), { lease_token: job.lease_token, reason });
  }

  /** Give one job back; it outlives the page. A lease that is lost already needs no giving back. */
  release(job) {
    post(this.address(`jobs/${job.id}/release/`), { lease_token: job.lease_token }, { keepalive: true }).catch(() => {});
    this.pictures.forget(job);
  }

  releaseAll() {
    this.held.forEach((job) => this.release(job));
    this.#ready = [];
    this.current = null;
  }
}
