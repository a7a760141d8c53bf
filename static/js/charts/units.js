// This will say numbers in the unit of their metric, as the language of the page writes them.

import { gettext, number } from "../language.js";

const PLAIN = { maximumSignificantDigits: 3 };

/** A share becomes percent, hours below one become minutes; what is not known is a dash. */
export function inUnit(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return `${number(value * 100, PLAIN)}\u00a0%`;
  if (unit !== "hours") return number(value, value >= 1000 ? { maximumFractionDigits: 0 } : PLAIN);
  if (value < 1) return `${number(value * 60, { maximumFractionDigits: 0 })}\u00a0${gettext("min")}`;
  return `${number(value, PLAIN)}\u00a0${gettext("h")}`;
}

/** A number with its interval behind it. */
export const withInterval = ([estimate, low, high], unit) => {
  const between = low === null ? "" : `  (${inUnit(low, unit)} – ${inUnit(high, unit)})`;
  return `${estimate === null ? gettext("Not enough data") : inUnit(estimate, unit)}${between}`;
};
