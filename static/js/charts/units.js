// This will say numbers in the unit of their metric, as the language of the page writes them.

import { gettext, number } from "../language.js";

const PLAIN = { maximumSignificantDigits: 3 };
// Only what is all of something reads so.
const MOST_PERCENT = 99.9;

/** A share becomes percent, hours below one become minutes, money has its currency; what is not known is a dash. */
export function inUnit(value, { unit, currency }) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return `${number(value < 1 ? Math.min(value * 100, MOST_PERCENT) : 100, PLAIN)}\u00a0%`;
  if (unit === "hours") return inTime(value);
  const text = number(value, value >= 1000 ? { maximumFractionDigits: 0 } : PLAIN);
  return currency ? `${text}\u00a0${currency}` : text;
}

const inTime = (hours) =>
  hours < 1
    ? `${number(hours * 60, { maximumFractionDigits: 0 })}\u00a0${gettext("min")}`
    : `${number(hours, PLAIN)}\u00a0${gettext("h")}`;

/** A number with its interval behind it, in the unit of its line. */
export const withInterval = ([estimate, low, high], line) => {
  const between = low === null ? "" : `  (${inUnit(low, line)} – ${inUnit(high, line)})`;
  return `${estimate === null ? gettext("Not enough data") : point([estimate, low, high], line)}${between}`;
};

/** None or all of what was looked at is not what is so where the interval reaches further: then its end is said. */
function point([estimate, low, high], line) {
  if (low !== high && line.unit === "share" && estimate >= 1) return `≥\u00a0${inUnit(low, line)}`;
  if (low === 0 && high > 0 && estimate === 0) return `≤\u00a0${inUnit(high, line)}`;
  return inUnit(estimate, line);
}
