// This will know whether somebody is at the page: seen, touched lately, or back from a machine that slept.

const BEAT_MILLISECONDS = 5000;
const EXTEND_MILLISECONDS = 60000;
// Whoever has not touched the page for so long has gone; the images go to others when their time runs out.
const IDLE_MILLISECONDS = 5 * 60000;
// Two beats that lie so far apart mean that the machine slept in between.
const SLEPT_MILLISECONDS = 60000;

export class Presence {
  #touched = Date.now();
  #extended = Date.now();
  #beat = Date.now();

  /**
   * `on`: use() while the page is in use, woke() after a sleep or a long absence, beat() every five seconds, touched()
   * whenever the person does something or looks at the page again, hidden() when it is out of sight.
   */
  constructor(on) {
    this.on = on;
    for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) {
      document.addEventListener(name, () => this.#touch(), { passive: true });
    }
    document.addEventListener("visibilitychange", () => (this.#isSeen ? this.#seen() : this.on.hidden()));
    setInterval(() => this.#tick(), BEAT_MILLISECONDS);
  }

  get #isSeen() {
    return document.visibilityState === "visible";
  }

  #seen() {
    this.on.touched();
    this.#back();
  }

  #touch() {
    this.on.touched();
    const wasGone = Date.now() - this.#touched > IDLE_MILLISECONDS;
    this.#touched = Date.now();
    if (wasGone) this.#back();
  }

  #tick() {
    const slept = Date.now() - this.#beat > SLEPT_MILLISECONDS;
    this.#beat = Date.now();
    if (!this.#isSeen) return;
    if (slept) return void this.#back();
    this.on.beat();
    const isUsed = Date.now() - this.#touched < IDLE_MILLISECONDS;
    if (isUsed && Date.now() - this.#extended >= EXTEND_MILLISECONDS) this.#extend(this.on.use);
    return undefined;
  }

  #back() {
    this.#beat = Date.now();
    this.#extend(this.on.woke);
  }

  #extend(tell) {
    this.#extended = Date.now();
    tell();
  }
}
