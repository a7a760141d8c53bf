// This will know how fast the person works, and so how many jobs to keep ready. Pure but for the clock it is given.

const LEAST_AHEAD = 3;
const MOST_AHEAD = 12;
const REMEMBERED = 15;

export class Pace {
  #between = [];
  #fetching = [];
  #last = null;

  /** An answer was given at this time (milliseconds). Breaks are not part of anybody's pace. */
  answered(at) {
    if (this.#last !== null && at - this.#last < 60000) keep(this.#between, at - this.#last);
    this.#last = at;
  }

  /** It took this long until a claimed image could be painted. */
  fetched(milliseconds) {
    keep(this.#fetching, milliseconds);
  }

  /** How many jobs to hold ready: three, and more for whoever answers faster than images arrive. */
  get ahead() {
    if (this.#between.length < 3 || this.#fetching.length === 0) return LEAST_AHEAD;
    const wanted = LEAST_AHEAD + Math.ceil((2 * median(this.#fetching)) / Math.max(50, median(this.#between)));
    return Math.min(MOST_AHEAD, wanted);
  }
}

function keep(list, value) {
  list.push(value);
  if (list.length > REMEMBERED) list.shift();
}

/** Return the middle value; NaN of nothing. */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
