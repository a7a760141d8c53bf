// This will draw how often what was predicted came true: on the diagonal, a probability means what it says.

import { axis, base, color } from "./theme.js";

const percent = (share) => `${(share * 100).toFixed(1)} %`;

/** Options for bins: [{n, mean_probability, observed, observed_low, observed_high}, …]. */
export function reliabilityOptions(words, bins) {
  const share = { type: "value", min: 0, max: 1, axisLabel: { color: color("ink-soft"), formatter: (value) => `${Math.round(value * 100)} %` } };
  return base({
    legend: { show: false },
    grid: { left: 28, right: 20, top: 16, bottom: 32, containLabel: true },
    tooltip: { ...base().tooltip, trigger: "item", formatter: (shown) => (shown.seriesType === "scatter" ? inWords(words, bins[shown.dataIndex]) : "") },
    xAxis: axis({ ...share, name: words.predicted, nameLocation: "middle", nameGap: 32 }),
    yAxis: axis({ ...share, name: words.observed, nameLocation: "middle", nameGap: 52 }),
    series: [diagonal(), intervals(bins), dots(bins)],
  });
}

const diagonal = () => ({
  type: "line",
  silent: true,
  showSymbol: false,
  lineStyle: { type: "dashed", width: 1, color: color("line-strong") },
  data: [
    [0, 0],
    [1, 1],
  ],
});

const dots = (bins) => ({
  type: "scatter",
  symbolSize: 9,
  itemStyle: { color: color("chart-2") },
  data: bins.map((one) => [one.mean_probability, one.observed]),
});

const intervals = (bins) => ({
  type: "custom",
  silent: true,
  data: bins.map((one) => [one.mean_probability, one.observed_low, one.observed_high]),
  renderItem: (_, api) => {
    const [x, low] = api.coord([api.value(0), api.value(1)]);
    const [, high] = api.coord([api.value(0), api.value(2)]);
    return {
      type: "line",
      shape: { x1: x, y1: low, x2: x, y2: high },
      style: { stroke: color("chart-2"), lineWidth: 2, opacity: 0.45 },
    };
  },
});

const inWords = (words, bin) =>
  [
    `${words.predicted} ${percent(bin.mean_probability)}`,
    `${words.observed} ${percent(bin.observed)}  (${percent(bin.observed_low)} – ${percent(bin.observed_high)})`,
    `${words.images} ${bin.n}`,
  ].join("\n");
