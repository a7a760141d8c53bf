// This will keep each threshold's slider, number and line together, and show the charts of the class that is open.

import { get } from "../api.js";
import { gettext, interpolate, number } from "../language.js";
import { Charts } from "./lab_charts.js";

const lab = document.getElementById("lab");
const said = (percent) => `${number(percent, { maximumFractionDigits: 2 })} %`;

/** One threshold: its number is what the form sends, its slider stops where the server's curve has a point. */
class Band {
  constructor(root, { stops, onMove }) {
    [this.root, this.stops, this.onMove] = [root, stops, onMove];
    this.number = root.querySelector("input[type=number]");
    this.slider = root.querySelector("input[type=range]");
    this.never = root.querySelector("input[type=checkbox]");
    this.slider.max = stops.length - 1;
    this.slider.hidden = false;
    this.number.addEventListener("input", () => this.show());
    this.slider.addEventListener("input", () => this.write(this.stops[this.slider.value]));
    this.never.addEventListener("input", () => this.show());
    root.querySelector("[data-reset]").addEventListener("click", () => this.reset());
    this.show();
  }

  get name() {
    return this.root.dataset.band;
  }

  /** The threshold in percent; null for never, or where no number stands. */
  get percent() {
    return this.never.checked || this.number.value === "" ? null : this.number.valueAsNumber;
  }

  get current() {
    const { current } = this.root.dataset;
    return current === "" ? null : Number(current);
  }

  write(percent) {
    this.number.value = percent;
    this.show({ slider: false });
  }

  /** Move by hand from elsewhere, as a dragged line does: the form hears of it like of the slider. */
  moveTo(percent) {
    this.never.checked = false;
    this.write(this.stops[nearest(this.stops, percent)]);
    this.slider.value = nearest(this.stops, percent);
    this.number.dispatchEvent(new Event("input", { bubbles: true }));
  }

  reset() {
    this.never.checked = this.current === null;
    if (this.current !== null) this.number.value = this.current;
    this.show();
    this.number.dispatchEvent(new Event("input", { bubbles: true }));
  }

  show({ slider = true } = {}) {
    const isNever = this.never.checked;
    [this.number.disabled, this.slider.disabled] = [isNever, isNever];
    if (slider && this.number.value !== "") this.slider.value = nearest(this.stops, this.number.valueAsNumber);
    this.slider.setAttribute("aria-valuetext", isNever ? gettext("never") : said(this.number.valueAsNumber || 0));
    this.onMove();
  }
}

function nearest(stops, percent) {
  const distances = stops.map((stop) => Math.abs(stop - percent));
  return distances.indexOf(Math.min(...distances));
}

/** What stands beside a class's name while it is closed. */
function inWords(bands) {
  const [review, remove] = bands.map((band) => (band.percent === null ? gettext("never") : said(band.percent)));
  return interpolate(gettext("to a person from %(review)s, removed from %(remove)s"), { review, remove });
}

async function begin() {
  const classes = [...lab.querySelectorAll("[data-class]")];
  const known = new Map();
  const fetched = (key) => {
    if (!known.has(key)) known.set(key, get(`${lab.dataset.curves}&class=${encodeURIComponent(key)}`).catch(() => null));
    return known.get(key);
  };
  const first = await fetched(classes[0].dataset.class);
  if (!first) return;
  const charts = new Charts(lab);
  classes.forEach((root) => {
    const bands = [];
    const onMove = () => {
      if (bands.length < 2) return;
      root.querySelector("[data-summary]").textContent = inWords(bands);
      if (root.open) charts.move();
    };
    root.querySelectorAll("[data-band]").forEach((one) => bands.push(new Band(one, { stops: first.percent, onMove })));
    onMove();
    const open = async () => {
      if (root.open) charts.show(await fetched(root.dataset.class), { name: root.dataset.name, bands });
    };
    root.addEventListener("toggle", open);
    open();
  });
}

if (lab) begin();
