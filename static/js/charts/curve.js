// This will draw flag precision against machine recall, with the interval of the former as a band.

import { axis, base, color } from "./theme.js";

const percent = (share) => (share === null || share === undefined ? "–" : `${(share * 100).toFixed(1)} %`);

/** Options for a curve: [{threshold, precision, precision_low, precision_high, recall, flagged_share}, …]. */
export function curveOptions(words, curve) {
  const points = curve
    .filter((one) => one.recall !== null && one.precision !== null)
    .sort((one, other) => one.recall - other.recall || other.threshold - one.threshold);
  const share = { type: "value", min: 0, max: 1, axisLabel: { color: color("ink-soft"), formatter: (value) => `${Math.round(value * 100)} %` } };
  return base({
    legend: { show: false },
    grid: { left: 28, right: 20, top: 16, bottom: 32, containLabel: true },
    tooltip: { ...base().tooltip, formatter: (shown) => inWords(words, points[shown.find((one) => one.seriesType === "line").dataIndex]) },
    xAxis: axis({ ...share, name: words.recall, nameLocation: "middle", nameGap: 32 }),
    yAxis: axis({ ...share, name: words.precision, nameLocation: "middle", nameGap: 52 }),
    series: [band(points), line(points)],
  });
}

const line = (points) => ({
  type: "line",
  showSymbol: false,
  lineStyle: { width: 2, color: color("chart-2") },
  itemStyle: { color: color("chart-2") },
  data: points.map((one) => [one.recall, one.precision]),
});

/** One polygon: along the upper bounds, and back along the lower ones. */
function band(points) {
  const known = points.filter((one) => one.precision_low !== null && one.precision_high !== null);
  const outline = [
    ...known.map((one) => [one.recall, one.precision_high]),
    ...known.map((one) => [one.recall, one.precision_low]).reverse(),
  ];
  return {
    type: "custom",
    silent: true,
    data: outline.length ? [[0, 0]] : [],
    renderItem: (_, api) => ({
      type: "polygon",
      shape: { points: outline.map((one) => api.coord(one)) },
      style: { fill: color("chart-2"), opacity: 0.18 },
    }),
  };
}

function inWords(words, point) {
  const interval = (low, high) => (low === null ? "" : `  (${percent(low)} – ${percent(high)})`);
  return [
    `${words.threshold} ${point.threshold.toFixed(3)}`,
    `${words.precision} ${percent(point.precision)}${interval(point.precision_low, point.precision_high)}`,
    `${words.recall} ${percent(point.recall)}${interval(point.recall_low, point.recall_high)}`,
    `${words.flagged} ${percent(point.flagged_share)}`,
  ].join("\n");
}
