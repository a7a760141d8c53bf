// This will be a sheet to draw on: with a mouse, a pen, a finger or the arrow keys, and with undo.

const PAPER = "#ffffff";
const STEPS_KEPT = 40;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Sheet extends EventTarget {
  color = "#1c2326";
  size = 14;
  #canvas;
  #ink;
  #before = [];
  #at = null;
  #pen;
  #isDown = false;

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.#ink = canvas.getContext("2d", { willReadFrequently: true });
    this.#pen = { x: canvas.width / 2, y: canvas.height / 2 };
    this.#blank();
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#draw(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.#lift());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#put(false));
  }

  get isEmpty() {
    return this.#before.length === 0;
  }

  undo() {
    const last = this.#before.pop();
    if (last) this.#ink.putImageData(last, 0, 0);
    this.#changed();
  }

  clear() {
    this.#before = [];
    this.#blank();
    this.#changed();
  }

  /** Return the drawing as a PNG. */
  picture() {
    return new Promise((resolve) => {
      this.#canvas.toBlob(resolve, "image/png");
    });
  }

  #blank() {
    this.#ink.fillStyle = PAPER;
    this.#ink.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #keep() {
    this.#before.push(this.#ink.getImageData(0, 0, this.#canvas.width, this.#canvas.height));
    if (this.#before.length > STEPS_KEPT) this.#before.shift();
  }

  /** Where on the sheet a pointer is; the sheet may be shown smaller than it is. */
  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    const scale = this.#canvas.width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#keep();
    this.#at = this.#place(event);
    this.#line(this.#at, this.#at);
    this.#changed();
  }

  #draw(event) {
    if (!this.#at) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const to = this.#place(one);
      this.#line(this.#at, to);
      this.#at = to;
    }
  }

  #lift() {
    if (this.#at) this.#pen = this.#at;
    this.#at = null;
  }

  #line(from, to) {
    this.#ink.strokeStyle = this.color;
    this.#ink.lineWidth = this.size;
    this.#ink.lineCap = this.#ink.lineJoin = "round";
    this.#ink.beginPath();
    this.#ink.moveTo(from.x, from.y);
    this.#ink.lineTo(to.x, to.y);
    this.#ink.stroke();
  }

  #put(isDown) {
    this.#isDown = isDown;
    this.#canvas.classList.toggle("is-down", isDown);
  }

  #key(event) {
    if (event.key === " ") {
      event.preventDefault();
      this.#put(!this.#isDown);
      if (!this.#isDown) return;
      this.#keep();
      this.#line(this.#pen, this.#pen);
      this.#changed();
    }
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const step = Math.max(4, this.size / 2) * (event.shiftKey ? 4 : 1);
    const within = (value, most) => Math.min(most, Math.max(0, value));
    const to = {
      x: within(this.#pen.x + move[0] * step, this.#canvas.width),
      y: within(this.#pen.y + move[1] * step, this.#canvas.height),
    };
    if (this.#isDown) this.#line(this.#pen, to);
    this.#pen = to;
  }
}
