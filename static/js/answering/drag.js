// This will turn wheel, drag, pinch and double click on a surface into moves; it knows nothing of images.

const WHEEL = 0.0015;
const TWICE_MILLISECONDS = 320;
const STILL_PX = 12;

export class Drag {
  #pointers = new Map();
  #tap = { at: 0, x: 0, y: 0 };

  /** `on`: moved(x, y) in pixels, pinched(share, point) about a point of the window, twice(point). */
  constructor(surface, on) {
    this.on = on;
    surface.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    surface.addEventListener("pointerdown", (event) => this.#down(event, surface));
    surface.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      surface.addEventListener(name, (event) => this.#pointers.delete(event.pointerId));
    }
  }

  #wheel(event) {
    event.preventDefault();
    // A pinch on a touchpad arrives as a wheel with ctrl, in finer steps.
    const strength = event.ctrlKey ? WHEEL * 5 : WHEEL;
    this.on.pinched(Math.exp(-event.deltaY * strength), { x: event.clientX, y: event.clientY });
  }

  #down(event, surface) {
    if (event.button !== 0 || event.target.closest("button, a")) return;
    const point = { x: event.clientX, y: event.clientY };
    if (this.#pointers.size === 0 && this.#isSecond(event, point)) {
      this.on.twice(point);
      return;
    }
    this.#pointers.set(event.pointerId, point);
    surface.setPointerCapture(event.pointerId);
  }

  /** A double click is told by hand: the browser's own does not come where touch is not to zoom the page. */
  #isSecond({ timeStamp }, { x, y }) {
    const isNear = Math.hypot(x - this.#tap.x, y - this.#tap.y) < STILL_PX;
    const isSecond = isNear && timeStamp - this.#tap.at < TWICE_MILLISECONDS;
    this.#tap = { at: isSecond ? 0 : timeStamp, x, y };
    return isSecond;
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.#pinch(before, now, other);
    else this.on.moved(now.x - before.x, now.y - before.y);
    this.#pointers.set(event.pointerId, now);
  }

  #pinch(before, now, other) {
    const share = apart(now, other) / Math.max(1, apart(before, other));
    this.on.pinched(share, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  }
}

const apart = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);
