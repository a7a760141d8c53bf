// This will give scripts the page's words, which the template holds translated.

const templates = document.getElementById("words");
const words = new Map(
  [...(templates?.content.querySelectorAll("[data-word]") ?? [])].map((one) => [one.dataset.word, one.textContent]),
);

/** Return the words under a name with {places} filled in; an unknown name is returned as it is. */
export function word(name, places = {}) {
  const text = words.get(name) ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}

export const hasWord = (name) => words.has(name);

/** Say a span of time in its largest whole unit. */
export function span(milliseconds) {
  const minutes = Math.max(1, Math.round(Math.abs(milliseconds) / 60000));
  if (minutes < 90) return word("minutes", { n: minutes });
  const hours = Math.round(minutes / 60);
  return hours < 48 ? word("hours", { n: hours }) : word("days", { n: Math.round(hours / 24) });
}
