// This will say words in the language of the page, from the catalog that /jsi18n/ serves.

const catalog = globalThis.django ?? {};

/** Return a text in the language of the page; English is what it is written in. */
export const gettext = (text) => catalog.gettext?.(text) ?? text;

/** Return the form that fits the number. */
export const ngettext = (one, many, count) => catalog.ngettext?.(one, many, count) ?? (count === 1 ? one : many);

/** Fill the %(places)s of a text; a place that nothing is known of stays as it is. */
export const interpolate = (text, places) =>
  text.replace(/%\((\w+)\)s/g, (whole, name) => String(places[name] ?? whole));

/** Write a number the way the language of the page does. */
export const number = (value, options = {}) =>
  new Intl.NumberFormat(document.documentElement.lang || "en", options).format(value);

/** Name one thing after the other, with what stands between them in the language of the page. */
export const listed = (parts) => [...parts].join(gettext(", "));
