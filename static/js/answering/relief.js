// This will spare people what they would rather not see in full: blur, no color, muted color; a held key shows all.
//
// "always" holds for every image. Classes hold only where the class of an image is known already (an answer that was
// given, a post that was decided): before the answer nothing may hint at what an image could be.

const RELIEFS = ["blur", "greyscale", "mute"];

export class Relief {
  #wellness;

  constructor({ desk, wellness }) {
    this.desk = desk;
    this.set(wellness);
  }

  /** Whether any image may look other than it is. */
  get isOn() {
    return RELIEFS.some((one) => this.#when(one) !== "never" && this.#when(one).length > 0);
  }

  /** {blur, greyscale, mute}: "never", "always", or a list of class keys each. */
  set(wellness) {
    this.#wellness = wellness;
    for (const one of RELIEFS) this.desk.classList.toggle(`relief-${one}`, this.#when(one) === "always");
    this.desk.classList.toggle("has-relief", this.isOn);
    for (const element of this.desk.querySelectorAll("[data-known-classes]")) this.#mark(element);
  }

  /** Say of which known classes the image inside an element is. */
  spare(element, classes) {
    element.dataset.knownClasses = classes.join(" ");
    this.#mark(element);
  }

  reveal(isShown) {
    this.desk.classList.toggle("is-revealed", isShown);
  }

  #when(relief) {
    return this.#wellness[relief] ?? "never";
  }

  #mark(element) {
    const known = element.dataset.knownClasses.split(" ");
    for (const one of RELIEFS) {
      const when = this.#when(one);
      element.classList.toggle(`relief-${one}`, Array.isArray(when) && known.some((key) => when.includes(key)));
    }
  }
}
