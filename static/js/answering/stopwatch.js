// This will measure how long somebody looks at what is shown, and stop while nobody is there. Pure but for its clock.

// Who has done nothing for so long has stopped looking: thinking about an image seldom takes a minute.
export const IDLE_MILLISECONDS = 60000;

export class Stopwatch {
  #counted = 0;
  // When the last time that is not counted yet began; null while nothing is shown, or the page is hidden.
  #since = null;
  #isShown = false;

  /** `now` returns milliseconds. */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  /** Something new is shown. */
  start() {
    this.#counted = 0;
    this.#isShown = true;
    this.#since = this.now();
  }

  /** The person did something, or came back: the time until now counts, as far as it is no longer than idle time. */
  touch() {
    if (!this.#isShown) return;
    this.#count();
    this.#since = this.now();
  }

  /** The page is hidden; it counts again from the next touch. */
  pause() {
    this.#count();
    this.#since = null;
  }

  get seconds() {
    return (this.#counted + this.#pending) / 1000;
  }

  get #pending() {
    return this.#since === null ? 0 : Math.min(this.now() - this.#since, IDLE_MILLISECONDS);
  }

  #count() {
    this.#counted += this.#pending;
  }
}
