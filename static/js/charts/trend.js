// This will draw one metric over days: a line, its interval as a band, and numbered marks of what happened.

import { axis, base, color } from "./theme.js";
import { inUnit, withInterval } from "./units.js";

const STEPS = 3;
const MARKS = { deployment: "chart-5", policy: "chart-4", incident: "chart-3", decision: "chart-6" };

/** Options for {unit, currency, points: [[estimate, low, high] a day]}, its days and marks: [{number, kind, day, title}, …]. */
export function trendOptions(line, days, marks, shortDay) {
  return base({
    legend: { show: false },
    grid: { left: 4, right: 22, top: 26, bottom: 4, containLabel: true },
    tooltip: { ...base().tooltip, confine: true, formatter: (shown) => inWords(line, days, marks, shortDay, shown[0].dataIndex) },
    xAxis: axis({ type: "category", boundaryGap: false, data: days.map(shortDay), splitLine: { show: false } }),
    yAxis: axis({
      type: "value",
      ...limits(line),
      axisLine: { show: false },
      axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: (value) => inUnit(value, line) },
    }),
    series: [band(line), middle(line, days, marks)],
  });
}

/** The axis ends on round numbers that hold every interval; a share never goes beyond the whole. */
function limits({ unit, points }) {
  const known = points.flat().filter((value) => value !== null);
  const [lowest, highest] = [Math.min(...known), Math.max(...known)];
  const from = lowest < highest / 2 ? 0 : lowest;
  const step = roundStep((highest - from) / STEPS || highest / STEPS || 1);
  const top = Math.ceil(highest / step - 1e-9) * step;
  const max = unit === "share" ? Math.min(1, top) : top;
  return { min: Math.max(0, Math.floor(from / step + 1e-9) * step), max, interval: step };
}

const roundStep = (least) => {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= least - 1e-12);
};

function middle({ points }, days, marks) {
  return {
    type: "line",
    showSymbol: points.filter(([estimate]) => estimate !== null).length === 1,
    connectNulls: false,
    lineStyle: { width: 2, color: color("chart-2") },
    itemStyle: { color: color("chart-2") },
    data: points.map(([estimate]) => estimate),
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      data: byDay(marks).map(([day, those]) => flag(days.indexOf(day), those)),
    },
  };
}

const flag = (at, those) => ({
  xAxis: at,
  lineStyle: { type: "dashed", width: 1, color: color(MARKS[those[0].kind]) },
  label: { formatter: those.map((one) => one.number).join(" "), color: color("ink-soft"), fontSize: 11, distance: 3 },
});

function byDay(marks) {
  const days = new Map();
  marks.forEach((one) => days.set(one.day, [...(days.get(one.day) ?? []), one]));
  return [...days];
}

/** One polygon for each run of days whose interval is known; paler where there is not enough for an estimate. */
function band({ points }) {
  const runs = runsOf(points);
  return {
    type: "custom",
    silent: true,
    clip: true,
    data: runs.map(({ from }) => [from, points[from][1]]),
    renderItem: ({ dataIndex }, api) => polygon(runs[dataIndex], points, api),
  };
}

function polygon({ from, to, isEnough }, points, api) {
  const at = Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const outline = [...at.map((n) => api.coord([n, points[n][2]])), ...at.reverse().map((n) => api.coord([n, points[n][1]]))];
  return {
    type: "polygon",
    shape: { points: outline },
    style: { fill: color("chart-2"), opacity: isEnough ? 0.2 : 0.08 },
  };
}

function runsOf(points) {
  const runs = [];
  points.forEach(([estimate, low, high], n) => {
    if (low === null || high === null) return;
    const [last, isEnough] = [runs.at(-1), estimate !== null];
    if (last && last.to === n - 1 && last.isEnough === isEnough) last.to = n;
    // A run begins where the one before it ended, so that no day is left blank between them.
    else runs.push({ from: last?.to === n - 1 ? n - 1 : n, to: n, isEnough });
  });
  return runs;
}

const inWords = (line, days, marks, shortDay, at) =>
  [
    shortDay(days[at]),
    withInterval(line.points[at], line),
    ...marks.filter((one) => one.day === days[at]).map((one) => `${one.number}  ${one.title}`),
  ].join("\n");
