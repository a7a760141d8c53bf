// This will claim jobs and look after their leases: extend, give back, skip, hand on to a manager.

import { get, patch, post } from "../api.js";

export const LEASE_LOST = "lease_lost";

const proof = (job) => ({ job: job.id, lease_token: job.lease_token });

export class Leases {
  constructor({ api, desk, project }) {
    Object.assign(this, { api, desk, project });
  }

  address(path) {
    return `${this.api}${path}?project=${encodeURIComponent(this.project)}`;
  }

  read(path) {
    return get(this.address(path));
  }

  post(path, body, options) {
    return post(this.address(path), body, options);
  }

  patch(path, body) {
    return patch(this.address(path), body);
  }

  /** Lease up to `count` jobs; an empty list where there is none. */
  async claim({ lanes, count }) {
    const found = await this.post("jobs/claim/", { desk: this.desk, count, ...(lanes.length ? { lanes } : {}) });
    return found?.jobs ?? [];
  }

  /** Give every lease its full time again; returns the jobs that are no longer ours. */
  async extend(jobs) {
    if (jobs.length === 0) return [];
    const { results } = await this.post("jobs/extend/", { jobs: jobs.map(proof) });
    const told = new Map(results.map((one) => [one.job, one]));
    for (const job of jobs) job.lease_until = told.get(job.id)?.lease_until ?? job.lease_until;
    return jobs.filter((job) => told.get(job.id)?.code === LEASE_LOST);
  }

  /** Give jobs back unanswered; it outlives the page. A lease that is lost already needs no giving back. */
  release(jobs) {
    if (jobs.length === 0) return;
    this.post("jobs/release/", { jobs: jobs.map(proof) }, { keepalive: true }).catch(() => {});
  }

  skip(job, reason) {
    return this.post(`jobs/${job.id}/skip/`, { lease_token: job.lease_token, reason });
  }

  escalate(job, reason) {
    return this.post(`jobs/${job.id}/escalate/`, { lease_token: job.lease_token, reason });
  }
}
