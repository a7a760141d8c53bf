// This will hold what the person chose for their screens, and remember changes for their next visit, anywhere.

const WAIT_MILLISECONDS = 400;

export class Preferences {
  #unsaved = {};
  #timer = null;

  /** `value` is what the page came with; `on`: changed(value), failed(error). */
  constructor({ leases, value, on }) {
    Object.assign(this, { leases, value, on });
    // What was chosen a moment before leaving is not lost.
    window.addEventListener("pagehide", () => this.#save());
  }

  change(part) {
    this.value = { ...this.value, ...part };
    this.#unsaved = { ...this.#unsaved, ...part };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), WAIT_MILLISECONDS);
    this.on.changed(this.value);
  }

  async #save() {
    const part = this.#unsaved;
    if (Object.keys(part).length === 0) return;
    this.#unsaved = {};
    try {
      await this.leases.patch("me/preferences/", part);
    } catch (error) {
      this.on.failed(error);
    }
  }
}
