// This will know how the person's day goes: answers, pace, and how much of what they have seen.

import { gettext, interpolate, number } from "../language.js";

const byId = (id) => document.getElementById(id);
const REFRESH_MILLISECONDS = 60000;
// An answer may reach a budget, and then the person is asked at once; the pace alone can wait.
const AT_ONCE_MILLISECONDS = 700;
const SOON_MILLISECONDS = 8000;

export class Today {
  #timer = null;
  #isTold;

  /** `on`: reached(classes) once a day for each class at its budget, told(today) at every look. */
  constructor({ leases, keeper, on }) {
    Object.assign(this, { leases, on });
    this.exposure = [];
    this.told = keeper.tab("exposure");
    this.#isTold = this.told.read({ day: "", classes: [] });
    this.state = { answered_today: 0, per_hour: null, median_seconds: null };
    setInterval(() => document.visibilityState === "visible" && this.look(), REFRESH_MILLISECONDS);
  }

  /** Ask the server soon; many answers in a row ask once. */
  lookSoon() {
    const hasBudgets = this.exposure.some((one) => one.budget !== null);
    this.#timer ??= setTimeout(() => this.look(), hasBudgets ? AT_ONCE_MILLISECONDS : SOON_MILLISECONDS);
  }

  async look() {
    clearTimeout(this.#timer);
    this.#timer = null;
    try {
      this.state = await this.leases.read("me/today/");
    } catch {
      return null; // The desk says by itself when the server is away; a pace can wait.
    }
    this.exposure = this.state.exposure ?? [];
    this.#checkBudgets();
    this.on.told(this.state);
    return this.state;
  }

  /** Show the day's numbers; `here` is how many were answered since the page was opened. */
  show(here) {
    const { answered_today: today, per_hour: pace } = this.state;
    const words = [interpolate(gettext("%(n)s answered"), { n: number(here) })];
    words.push(interpolate(gettext("%(n)s today"), { n: number(Math.max(today, here)) }));
    if (pace) words.push(interpolate(gettext("%(n)s an hour"), { n: number(Math.round(pace)) }));
    byId("count").textContent = words.join(" · ");
  }

  #checkBudgets() {
    const day = new Date().toISOString().slice(0, 10);
    if (this.#isTold.day !== day) this.#isTold = { day, classes: [] };
    const reached = this.exposure.filter((one) => one.is_reached && !this.#isTold.classes.includes(one.class_key));
    if (reached.length === 0) return;
    this.#isTold.classes.push(...reached.map((one) => one.class_key));
    this.told.write(this.#isTold);
    this.on.reached(reached);
  }
}
