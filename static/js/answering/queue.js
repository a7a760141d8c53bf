// This will hold the jobs that are leased to this page: the one being looked at and the next few.

// Claimed a few at a time, so that the number ready never falls below what the pace asks for.
const AT_ONCE = 3;

export class Queue {
  #ready = [];
  #isFilling = false;

  constructor({ leases, pictures, pace, on }) {
    Object.assign(this, { leases, pictures, pace, on });
    this.current = null;
    this.lanes = [];
    this.isEmpty = false;
    this.isOpen = false;
  }

  get held() {
    return this.current ? [this.current, ...this.#ready] : [...this.#ready];
  }

  /** Make the next ready job the current one, or none; asks for more in the background. */
  next() {
    this.current = this.#ready.shift() ?? null;
    this.fill();
    return this.current;
  }

  /** Put jobs in front of everything; the current one waits behind them. */
  putBack(jobs) {
    if (this.current) this.#ready.unshift(this.current);
    this.#ready.unshift(...jobs.slice(1));
    this.current = jobs[0];
    jobs.forEach((job) => this.pictures.of(job).catch(() => {}));
  }

  /** Claim jobs until enough are ready, while one is looked at. One request at a time. */
  async fill() {
    const { lanes, pace } = this;
    if (!this.isOpen || this.#isFilling || this.#ready.length > pace.ahead) return;
    this.#isFilling = true;
    try {
      this.#take(await this.leases.claim({ lanes, count: pace.ahead + AT_ONCE - this.#ready.length }), lanes);
    } catch (error) {
      this.on.trouble(error);
    } finally {
      this.#isFilling = false;
    }
  }

  #take(jobs, lanes) {
    this.on.reached();
    // The lanes were changed, or all was closed, while this was under way: these jobs are not wanted any more.
    if (lanes !== this.lanes || !this.isOpen) {
      this.leases.release(jobs);
      queueMicrotask(() => this.fill());
      return;
    }
    this.isEmpty = jobs.length === 0;
    for (const job of jobs) this.#prepare(job);
    this.#ready.push(...jobs);
    this.on.arrived();
  }

  #prepare(job) {
    const started = performance.now();
    this.pictures.of(job).then(
      () => this.pace.fetched(performance.now() - started),
      () => {},
    );
  }

  /** Choose the lanes to work in. Jobs do not say their lane, so all that was claimed ahead is given back. */
  choose(lanes) {
    this.lanes = lanes;
    this.#giveBack(this.#ready);
    this.#ready = [];
    this.fill();
  }

  drop(job) {
    this.#ready = this.#ready.filter((one) => one.id !== job.id);
    if (this.current?.id === job.id) this.current = null;
    this.pictures.forget(job);
  }

  open(lanes) {
    this.lanes = lanes;
    this.isOpen = true;
  }

  /** Give everything back but what `keeps` says to hold on to, and claim no more. */
  close({ keeps }) {
    this.isOpen = false;
    this.#giveBack(this.held.filter((job) => !keeps(job)));
    this.#ready = [];
    this.current = null;
  }

  #giveBack(jobs) {
    this.leases.release(jobs);
    jobs.forEach((job) => this.pictures.forget(job));
  }
}
