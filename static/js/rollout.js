// This will draw what is still possible of a guarded ratio, day by day, and carry out what is done with a rollout.

import { post } from "./api.js";
import { axis, base, chart, color } from "./charts/theme.js";
import { gettext, number } from "./language.js";
import { carryOutMoves } from "./moves.js";

// What nothing rules out ends where the axis does.
const [LEAST, MOST] = [1 / 64, 64];

const element = document.getElementById("bounds");
const rails = [...document.querySelectorAll("[data-rail]")];
const shareForm = document.querySelector("[data-share]");
let watched = { days: [], rails: [] };
let chosen = rails[0]?.dataset.rail;
let drawn = null;

const rail = () => watched.rails.find((one) => one.key === chosen);

const shortDay = (day) =>
  new Date(`${day}T00:00Z`).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "short", timeZone: "UTC" });

const times = (value) => (value === null ? "–" : `${number(value, { maximumSignificantDigits: 2 })} ×`);

/** The axis shows the limit, 1, and all bounds that are known. */
function ends({ bounds, limit }) {
  const known = [...bounds.flat().filter((one) => one !== null), limit, 1];
  const round = (value, way) => 2 ** way(Math.log2(value));
  return {
    min: Math.max(LEAST, round(Math.min(...known, 0.5), Math.floor)),
    max: Math.min(MOST, round(Math.max(...known, 2), Math.ceil)),
  };
}

function options() {
  const one = rail();
  const { min, max } = ends(one);
  return base({
    legend: { show: false },
    grid: { left: 8, right: 56, top: 16, bottom: 8, containLabel: true },
    tooltip: { ...base().tooltip, confine: true, formatter: ([{ dataIndex }]) => inWords(one, dataIndex) },
    xAxis: axis({ type: "category", data: watched.days.map(shortDay), splitLine: { show: false } }),
    yAxis: axis({ type: "log", logBase: 2, min, max, axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: times } }),
    series: [range(one, min, max), limits(one)],
  });
}

/** A bar a day, from the least to the most that is possible. */
function range({ bounds }, min, max) {
  return {
    type: "custom",
    data: bounds.map(([low, high], day) => [day, low ?? min, high ?? max]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      const [x, top] = api.coord([api.value(0), api.value(2)]);
      const [, bottom] = api.coord([api.value(0), api.value(1)]);
      const width = Math.max(3, Math.min(18, 0.5 * api.size([1, 1])[0]));
      return {
        type: "rect",
        shape: { x: x - width / 2, y: top, width, height: Math.max(2, bottom - top), r: 3 },
        style: { fill: color("chart-2"), opacity: 0.55 },
      };
    },
  };
}

const limits = ({ limit }) => ({
  type: "line",
  data: [],
  markLine: {
    silent: true,
    symbol: "none",
    data: [line(limit, "bad", gettext("Limit"), "dashed"), line(1, "ink-soft", "", "solid")],
  },
});

const line = (yAxis, shade, formatter, type) => ({
  yAxis,
  lineStyle: { color: color(shade), type, width: 1 },
  label: { show: formatter !== "", formatter, color: color(shade), position: "end", fontSize: 12 },
});

const inWords = ({ title, bounds }, day) =>
  `${shortDay(watched.days[day])}\n${title}: ${times(bounds[day][0])} … ${times(bounds[day][1])}`;

function tabulate() {
  const rows = rail().bounds.map(([low, high], day) => {
    const row = document.createElement("tr");
    [shortDay(watched.days[day]), times(low), times(high)].forEach((text, place) => {
      const cell = row.insertCell();
      cell.textContent = text;
      if (place) cell.className = "number";
    });
    return row;
  });
  document.getElementById("bounds-rows")?.replaceChildren(...rows.reverse());
}

function show() {
  if (!rail() || !watched.days.length) return;
  tabulate();
  if (drawn) drawn.draw();
  else drawn = chart(element, options);
}

rails.forEach((button) =>
  button.addEventListener("click", () => {
    chosen = button.dataset.rail;
    rails.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    show();
  }),
);

/** People write percent, the API takes a share. */
async function changeShare(event) {
  event.preventDefault();
  const refusal = shareForm.querySelector("[data-refusal]");
  const said = new FormData(shareForm);
  try {
    await post(shareForm.dataset.share, { share: Number(said.get("share")) / 100, reason: said.get("reason") });
    window.location.reload();
  } catch (error) {
    refusal.textContent = error.message;
    refusal.hidden = false;
  }
}

carryOutMoves();
shareForm?.addEventListener("submit", changeShare);
if (element && !element.hidden) {
  const response = await fetch(element.dataset.url, { credentials: "same-origin" });
  if (response.ok) watched = await response.json();
  show();
}
