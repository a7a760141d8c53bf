// This will draw what the trials of a study reached and what mattered, and go on while the study does.

import { axis, base, chart, color } from "./charts/theme.js";
import { gettext, interpolate, number } from "./language.js";
import { carryOutMoves } from "./moves.js";

const REFRESH_MILLISECONDS = 3000;
const place = document.getElementById("study-charts");
const history = document.getElementById("trials-chart");
const mattered = document.getElementById("mattered-chart");
const table = document.getElementById("mattered-table");
let found = { trials: [], mattered: [], is_live: true };

const percent = (value, digits = 1) => `${number(100 * value, { maximumFractionDigits: digits })} %`;
const reached = () => found.trials.filter((one) => one.value !== null);

/** The best of the fitted trials up to each one: a line that only rises. */
function bestSoFar() {
  let best = null;
  return reached().map((one) => {
    if (one.state === "fitted") best = Math.max(best ?? 0, one.value);
    return [one.number, best];
  });
}

const points = (name, shade, symbol, belongs) => ({
  type: "scatter",
  name,
  symbol,
  symbolSize: 9,
  itemStyle: { color: color(shade) },
  data: reached().filter(belongs).map((one) => ({ value: [one.number, one.value], trial: one })),
});

const historyOptions = () =>
  base({
    legend: { ...base().legend, type: "scroll", right: 0 },
    tooltip: { ...base().tooltip, trigger: "item", confine: true, formatter: ({ data }) => (data.trial ? inWords(data.trial) : "") },
    xAxis: axis({ type: "value", name: gettext("Trial"), nameLocation: "middle", nameGap: 28, minInterval: 1, min: 0, max: found.trials.length + 1, splitLine: { show: false } }),
    yAxis: axis({ type: "value", scale: true, axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: (value) => percent(value) } }),
    grid: { left: 8, right: 16, top: 40, bottom: 32, containLabel: true },
    series: [
      { type: "line", name: gettext("Best so far"), step: "end", silent: true, showSymbol: false, lineStyle: { width: 2, color: color("chart-2") }, itemStyle: { color: color("chart-2") }, data: bestSoFar() },
      points(gettext("Fitted"), "chart-2", "circle", (one) => one.state === "fitted"),
      points(gettext("Given up early"), "chart-4", "triangle", (one) => one.state === "pruned"),
      points(gettext("Not finished"), "chart-1", "emptyCircle", (one) => !["fitted", "pruned"].includes(one.state)),
    ].filter((one) => one.data.length),
  });

const inWords = (trial) =>
  [
    interpolate(gettext("Trial %(number)s: %(value)s"), { number: trial.number, value: percent(trial.value) }),
    ...Object.entries(trial.values).map(([name, value]) => `${name}: ${value}`),
  ].join("\n");

const matteredOptions = () =>
  base({
    legend: { show: false },
    tooltip: { show: false },
    grid: { left: 16, right: 48, top: 8, bottom: 8, containLabel: true },
    xAxis: axis({ type: "value", min: 0, max: 1, show: false }),
    yAxis: axis({ type: "category", inverse: true, data: found.mattered.map((one) => one.name), axisLine: { show: false }, axisLabel: { color: color("ink"), fontSize: 12 } }),
    series: [
      {
        type: "bar",
        barMaxWidth: 18,
        itemStyle: { color: color("chart-2"), borderRadius: [0, 3, 3, 0] },
        label: { show: true, position: "right", color: color("ink-soft"), formatter: ({ value }) => percent(value, 0) },
        data: found.mattered.map((one) => one.share),
      },
    ],
  });

function tabulate() {
  table.hidden = !found.mattered.length;
  table.querySelector("tbody").replaceChildren(...found.mattered.map((one) => row(one.name, percent(one.share, 0))));
}

function row(name, share) {
  const made = document.createElement("tr");
  made.append(cell("th", name), cell("td", share));
  made.firstChild.scope = "row";
  made.lastChild.className = "number";
  return made;
}

function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

const drawn = new Map();

function show(element, empty, isKnown, options) {
  element.hidden = !isKnown;
  document.getElementById(empty).hidden = isKnown;
  if (!isKnown) return;
  if (drawn.has(element)) drawn.get(element).draw();
  else drawn.set(element, chart(element, options));
}

async function follow() {
  try {
    const response = await fetch(place.dataset.url, { credentials: "same-origin" });
    if (response.ok) found = await response.json();
  } catch {
    // The next round asks again.
  }
  show(history, "trials-empty", reached().length > 0, historyOptions);
  show(mattered, "mattered-empty", found.mattered.length > 0, matteredOptions);
  tabulate();
  if (found.is_live) setTimeout(follow, REFRESH_MILLISECONDS);
}

carryOutMoves();
follow();
