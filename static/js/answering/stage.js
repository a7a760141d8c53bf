// This will put a job's image on the stage, and bring it closer, down to its pixels.

import { gettext, number } from "../language.js";
import { Drag } from "./drag.js";
import { bounded, FITTED, fitted, kept, pixelScale, zoomedAt } from "./zoom.js";

const byId = (id) => document.getElementById(id);
const STEP = 1.4;
const PAN_PX = 80;
// From here on single pixels are worth seeing as such.
const PIXELS_SHOW = 3;

export class Stage {
  #view = FITTED;
  #job = null;
  #image = null;

  constructor({ pictures }) {
    this.pictures = pictures;
    this.box = byId("picture");
    this.drag = new Drag(this.box, {
      moved: (x, y) => this.isClose && this.#to({ ...this.#view, x: this.#view.x + x, y: this.#view.y + y }),
      pinched: (share, point) => this.#zoomTo(this.#view.scale * share, this.#fromMiddle(point)),
      twice: (point) => (this.isClose ? this.fit() : this.toPixels(this.#fromMiddle(point))),
    });
  }

  get isClose() {
    return this.#view.scale !== 1;
  }

  /** Paint a decoded image. */
  paint(job, image) {
    this.#job = job;
    this.#view = FITTED;
    this.#put(image);
  }

  clear() {
    this.#job = null;
    this.#image = null;
    this.#view = FITTED;
    this.box.replaceChildren();
    this.#apply();
  }

  /** Say that the image cannot be shown. It cannot be judged unseen, but it can be skipped. */
  fail(retry) {
    this.clear();
    const box = byId("picture-failed").content.firstElementChild.cloneNode(true);
    box.querySelector("button").addEventListener("click", retry);
    this.box.replaceChildren(box);
  }

  fit() {
    this.#to(FITTED);
  }

  /** Show one pixel of the image as one of the screen, or go back to the whole. */
  async togglePixels() {
    if (this.isClose) this.fit();
    else await this.toPixels({ x: 0, y: 0 });
  }

  async toPixels(point) {
    const job = this.#job;
    byId("full").setAttribute("aria-busy", "true");
    await this.#sharpen();
    byId("full").removeAttribute("aria-busy");
    if (job && this.#job === job) this.#to(zoomedAt(FITTED, this.#pixels === 1 ? 2 : this.#pixels, point));
  }

  /** Come closer by whole steps, or go away for negative ones. */
  zoom(steps) {
    this.#zoomTo(this.#view.scale * STEP ** steps, { x: 0, y: 0 });
  }

  pan(across, down) {
    if (this.isClose) this.#to({ ...this.#view, x: this.#view.x - across * PAN_PX, y: this.#view.y - down * PAN_PX });
  }

  #zoomTo(scale, point) {
    if (!this.#image) return;
    const wanted = bounded(scale, this.#pixels);
    // Going back ends exactly at the fit; the small steps of a touchpad away from it must not.
    const isBack = Math.abs(wanted - 1) < Math.min(0.03, Math.abs(this.#view.scale - 1));
    this.#to(isBack ? FITTED : zoomedAt(this.#view, wanted, point));
    if (this.isClose) this.#sharpen();
  }

  #to(view) {
    this.#view = view.scale === 1 ? FITTED : kept(view, this.#fit, this.#room);
    this.#apply();
  }

  /** Replace the screen-sized image by the full one, which is fetched only now. */
  async #sharpen() {
    const job = this.#job;
    if (!job || this.#image?.dataset.kind === "full") return;
    const full = await this.pictures.fullOf(job).catch(() => null);
    if (!full || this.#job !== job) return;
    full.dataset.kind = "full";
    this.#put(full);
  }

  #put(image) {
    this.#image = image;
    this.box.replaceChildren(image);
    this.#apply();
  }

  #apply() {
    const { scale, x, y } = this.#view;
    const share = this.#image ? scale / this.#pixels : 1;
    this.box.classList.toggle("is-close", this.isClose);
    byId("full").setAttribute("aria-pressed", String(this.isClose));
    byId("zoom-share").textContent = this.isClose ? number(share, { style: "percent" }) : gettext("Pixels");
    if (!this.#image) return;
    this.#image.style.transform = this.isClose ? `translate(${x}px, ${y}px) scale(${scale})` : "";
    this.#image.classList.toggle("shows-pixels", share >= PIXELS_SHOW);
  }

  // -- sizes --------------------------------------------------------------------------------------------------

  get #room() {
    const style = getComputedStyle(this.box);
    const across = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const down = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    return { width: this.box.clientWidth - across, height: this.box.clientHeight - down };
  }

  get #natural() {
    return { width: this.#image.naturalWidth, height: this.#image.naturalHeight };
  }

  get #fit() {
    return fitted(this.#natural, this.#room);
  }

  get #pixels() {
    return pixelScale(this.#natural, this.#fit, window.devicePixelRatio);
  }

  #fromMiddle({ x, y }) {
    const box = this.box.getBoundingClientRect();
    return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
  }
}
