// This will name days shortly, as the language of the page does: 3 Nov.

export const shortDay = (day) =>
  new Date(`${day}T00:00Z`).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "short", timeZone: "UTC" });
