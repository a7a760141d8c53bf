// This will let a finger answer: the image follows it, says what letting go would mean, and goes back otherwise.

const NEEDED_SHARE = 0.28;
const STARTED_PX = 12;
const KNOWN = "second-look-swipes-known";

/**
 * Swipes of one finger over `surface` move `picture`.
 *
 * `means()` gives what each side would do now: {left: {text, tone}, right: {text, tone}}, or null where a swipe means
 * nothing (while the image is zoomed, or still loading). `on.left` and `on.right` are called when it is let go far
 * enough out. A second finger ends the swipe, for it is a pinch. `help` says that one can swipe, until one has.
 */
export class Swipe {
  #start = null;
  #means = null;

  constructor({ surface, picture, hint, help, means, on }) {
    Object.assign(this, { surface, picture, hint, help, means, on });
    help.hidden = isKnown();
    surface.addEventListener("pointerdown", (event) => this.#begin(event));
    surface.addEventListener("pointermove", (event) => this.#move(event));
    surface.addEventListener("pointerup", (event) => this.#end(event));
    surface.addEventListener("pointercancel", () => this.#settle());
    surface.addEventListener("touchmove", (event) => this.#claim(event), { passive: false });
  }

  #begin(event) {
    if (event.pointerType !== "touch" || event.target.closest("button, a, dialog, .lanes")) return;
    if (!event.isPrimary) return this.#settle();
    this.#means = this.means();
    if (this.#means) this.#start = { id: event.pointerId, x: event.clientX, y: event.clientY, isSwipe: false };
  }

  #move(event) {
    if (this.#start?.id !== event.pointerId) return;
    const across = event.clientX - this.#start.x;
    if (!this.#start.isSwipe) {
      const isSideways = Math.abs(across) > STARTED_PX && Math.abs(across) > Math.abs(event.clientY - this.#start.y);
      if (!isSideways) return;
      this.#start.isSwipe = true;
      this.surface.setPointerCapture(event.pointerId);
    }
    this.#follow(across);
  }

  /** A browser takes a fast swipe for the start of a scroll that rolls on, and swallows the next tap to stop it. */
  #claim(event) {
    if (this.#start?.isSwipe && event.cancelable) event.preventDefault();
  }

  #end(event) {
    if (this.#start?.id !== event.pointerId) return;
    const across = event.clientX - this.#start.x;
    const isFar = this.#start.isSwipe && this.#share(across) >= 1;
    this.#settle({ isAnswered: isFar });
    if (isFar) this.on[across > 0 ? "right" : "left"]();
  }

  /** How far out it is, as a share of what an answer needs. */
  #share(across) {
    return Math.abs(across) / (this.surface.clientWidth * NEEDED_SHARE);
  }

  #follow(across) {
    const side = across > 0 ? "right" : "left";
    const share = Math.min(1, this.#share(across));
    this.surface.classList.add("is-swiped");
    this.picture.style.transform = `translateX(${across}px) rotate(${across / 60}deg)`;
    this.hint.textContent = this.#means[side].text;
    this.hint.dataset.tone = this.#means[side].tone;
    this.hint.dataset.side = side;
    this.hint.classList.toggle("is-far", share === 1);
    this.hint.style.opacity = String(share);
  }

  #settle({ isAnswered = false } = {}) {
    this.#start = null;
    this.picture.style.transform = "";
    this.hint.style.opacity = "";
    this.hint.classList.remove("is-far");
    if (isAnswered) {
      // The next image appears in its place and does not slide back to it.
      this.picture.getBoundingClientRect();
      this.help.hidden = true;
      remember();
    }
    this.surface.classList.remove("is-swiped");
  }
}

// A browser may refuse to remember; then the help is shown again, and nothing else is lost.
function isKnown() {
  try {
    return localStorage.getItem(KNOWN) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(KNOWN, "1");
  } catch {
    // See above.
  }
}
