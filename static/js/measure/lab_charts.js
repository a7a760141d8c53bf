// This will draw one class's scores and its curve, with lines for the thresholds that can be dragged.

import { axis, base, chart, color } from "../charts/theme.js";
import { gettext, interpolate, number } from "../language.js";

const GRAB_PX = 12;
const LINES = { review: "chart-2", remove: "chart-3" };
const share = (value) => (value === null ? "–" : `${number(100 * value, { maximumFractionDigits: 1 })} %`);
const many = (value) => number(value, { maximumFractionDigits: value < 10 ? 1 : 0 });
const percent = (value) => `${number(value, { maximumFractionDigits: value < 1 ? 2 : 0 })} %`;
const names = () => ({ review: gettext("to a person"), remove: gettext("removed") });

export class Charts {
  constructor(root) {
    [this.root, this.data, this.bands] = [root, null, []];
    this.spread = root.querySelector("#lab-spread");
    this.curve = root.querySelector("#lab-curve");
  }

  /** Show a class; ``data`` is null where nothing is known of it. */
  show(data, { name, bands }) {
    [this.data, this.bands] = [data, bands];
    this.root.querySelector("[data-class-name]").textContent = name;
    this.root.querySelector("#lab-charts-empty").hidden = Boolean(data);
    this.root.querySelector(".lab-pair").hidden = !data;
    if (!data) return;
    this.drawings ??= [chart(this.spread, () => this.scores()), chart(this.curve, () => this.tradeOff())];
    this.listen();
    this.move();
    this.fillTable();
  }

  move() {
    this.drawings?.forEach((one) => one.draw());
  }

  /** Where a percentage lies among the bins, which are even by odds: whole numbers are edges. */
  place(value) {
    const { edges } = this.data.spread;
    const bin = Math.min(edges.length - 2, Math.max(0, edges.findLastIndex((edge) => edge <= value)));
    return bin + (value - edges[bin]) / (edges[bin + 1] - edges[bin]);
  }

  at(place) {
    const { edges } = this.data.spread;
    const bin = Math.min(edges.length - 2, Math.max(0, Math.floor(place)));
    return edges[bin] + (edges[bin + 1] - edges[bin]) * Math.min(1, Math.max(0, place - bin));
  }

  scores() {
    const { edges, posts, violations } = this.data.spread;
    const bars = (values, name, fill) => ({
      type: "custom",
      name,
      silent: true,
      itemStyle: { color: color(fill) },
      data: values.map((value, bin) => [bin, Math.max(value, 0.5), value]),
      renderItem: (_, api) => bar(api, color(fill)),
    });
    return base({
      tooltip: { show: false },
      grid: { left: 8, right: 16, top: 56, bottom: 26, containLabel: true },
      xAxis: axis({
        type: "value", min: 0, max: edges.length - 1, interval: 2, splitLine: { show: false },
        name: gettext("Score"), nameLocation: "middle", nameGap: 28,
        axisLabel: { color: color("ink-soft"), fontSize: 12, hideOverlap: true, formatter: (bin) => percent(edges[bin] ?? 0) },
      }),
      yAxis: axis({ type: "log", min: 0.5, axisLine: { show: false }, axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: (value) => (value < 1 ? "0" : number(value)) } }),
      series: [
        { ...bars(posts, gettext("Posts"), "chart-1"), markLine: this.lines() },
        bars(violations, gettext("Of these, violations (estimated)"), "chart-3"),
      ],
    });
  }

  lines() {
    return {
      symbol: ["none", "none"],
      animation: false,
      silent: true,
      data: this.bands.filter((band) => band.percent !== null).map((band, index) => ({
        xAxis: this.place(band.percent),
        lineStyle: { color: color(LINES[band.name]), width: 2, type: band.name === "remove" ? "solid" : "dashed" },
        label: { formatter: `${names()[band.name]}\n${percent(band.percent)}`, color: color("ink"), fontSize: 11, lineHeight: 13, align: index ? "left" : "right" },
      })),
    };
  }

  /** Points that enough is behind; the band wherever it is known. */
  tradeOff() {
    const { precision, recall } = this.data;
    const shown = this.data.percent.map((_, n) => n).filter((n) => precision.low[n] !== null && recall.estimate[n] !== null);
    const sure = shown.filter((n) => precision.enough[n] && recall.enough[n]);
    return base({
      legend: { show: false },
      grid: { left: 8, right: 20, top: 56, bottom: 26, containLabel: true },
      tooltip: { ...base().tooltip, trigger: "item", confine: true, formatter: ({ data }) => this.inWords(data[2]) },
      xAxis: axis({ type: "value", min: 0, max: 1, name: gettext("Machine recall: violations caught"), nameLocation: "middle", nameGap: 28, axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: share } }),
      yAxis: axis({ type: "value", min: 0, max: 1, name: gettext("Flag precision"), nameTextStyle: { color: color("ink-soft"), align: "left" }, axisLine: { show: false }, axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: share } }),
      series: [
        this.band(shown),
        { type: "line", showSymbol: true, symbolSize: 5, lineStyle: { width: 2, color: color("chart-2") }, itemStyle: { color: color("chart-2"), opacity: 0 }, data: sure.map((n) => this.point(n)) },
        ...this.bands.filter((band) => band.percent !== null).map((band) => this.mark(band)),
      ],
    });
  }

  point(n) {
    return [this.data.recall.estimate[n], this.data.precision.estimate[n], n];
  }

  band(shown) {
    const { precision, recall } = this.data;
    const ends = [...shown.map((n) => [recall.estimate[n], precision.high[n]]), ...shown.toReversed().map((n) => [recall.estimate[n], precision.low[n]])];
    return {
      type: "custom",
      silent: true,
      data: ends.length ? [ends[0]] : [],
      renderItem: (_, api) => ({ type: "polygon", shape: { points: ends.map((one) => api.coord(one)) }, style: { fill: color("chart-2"), opacity: 0.18 } }),
    };
  }

  /** The present threshold: its point, with both of its intervals as a cross. */
  mark(band) {
    const n = nearest(this.data.percent, band.percent);
    const { precision, recall } = this.data;
    const fill = color(LINES[band.name]);
    return {
      type: "custom",
      data: precision.low[n] === null || recall.estimate[n] === null ? [] : [this.point(n)],
      z: 5,
      renderItem: (_, api) => cross(api, { fill, at: this.point(n), across: [recall.low[n], recall.high[n]], up: [precision.low[n], precision.high[n]], label: `${names()[band.name]} ${percent(band.percent)}` }),
    };
  }

  inWords(n) {
    const { percent: stops, precision, recall, flagged } = this.data;
    return [
      interpolate(gettext("From %(percent)s on: %(posts)s posts"), { percent: percent(stops[n]), posts: many(flagged[n] ?? 0) }),
      interpolate(gettext("Flag precision %(share)s"), { share: between(precision, n) }),
      interpolate(gettext("Machine recall %(share)s"), { share: between(recall, n) }),
    ].join("\n");
  }

  /** Lines follow the pointer; the sliders do the same for keys. */
  listen() {
    if (this.drawn) return;
    this.drawn = window.echarts.getInstanceByDom(this.spread);
    const pointer = this.drawn.getZr();
    pointer.on("mousedown", (event) => { this.held = this.near(event); });
    pointer.on("mousemove", (event) => {
      pointer.setCursorStyle(this.held || this.near(event) ? "ew-resize" : "default");
      if (this.held) this.held.moveTo(this.at(this.drawn.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)));
    });
    window.addEventListener("pointerup", () => { this.held = null; });
  }

  near(event) {
    const away = (band) => Math.abs(this.drawn.convertToPixel({ xAxisIndex: 0 }, this.place(band.percent)) - event.offsetX);
    const bands = this.bands.filter((band) => band.percent !== null).toSorted((one, other) => away(one) - away(other));
    return bands.length && away(bands[0]) <= GRAB_PX ? bands[0] : null;
  }

  fillTable() {
    const { percent: stops, flagged, precision, recall } = this.data;
    const rows = stops.map((_, n) => n).filter((n) => n % 10 === 0).map((n) => {
      const row = document.createElement("tr");
      [percent(stops[n]), many(flagged[n] ?? 0), between(precision, n), between(recall, n)].forEach((text, index) => {
        const cell = row.insertCell();
        cell.textContent = text;
        if (index) cell.className = "number";
      });
      return row;
    });
    this.root.querySelector("#lab-rows").replaceChildren(...rows);
  }
}

function between({ estimate, low, high, enough }, n) {
  if (low[n] === null) return gettext("not enough data");
  const facts = { estimate: share(estimate[n]), low: share(low[n]), high: share(high[n]) };
  return interpolate(enough[n] ? gettext("%(estimate)s (%(low)s to %(high)s)") : gettext("not enough data (%(low)s to %(high)s)"), facts);
}

function nearest(stops, value) {
  const distances = stops.map((stop) => Math.abs(stop - value));
  return distances.indexOf(Math.min(...distances));
}

function bar(api, fill) {
  if (api.value(2) <= 0) return null;
  const [left, top] = api.coord([api.value(0) + 0.08, api.value(1)]);
  const [right, bottom] = api.coord([api.value(0) + 0.92, 0.5]);
  return { type: "rect", shape: { x: left, y: top, width: right - left, height: Math.max(0, bottom - top) }, style: { fill } };
}

function cross(api, { fill, at, across, up, label }) {
  const [x, y] = api.coord(at);
  const line = (one, other) => {
    const [[x1, y1], [x2, y2]] = [api.coord(one), api.coord(other)];
    return { type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: fill, lineWidth: 1.5 } };
  };
  return {
    type: "group",
    children: [
      line([across[0], at[1]], [across[1], at[1]]),
      line([at[0], up[0]], [at[0], up[1]]),
      { type: "circle", shape: { cx: x, cy: y, r: 5 }, style: { fill, stroke: color("surface"), lineWidth: 2 } },
      { type: "text", style: { text: label, x: at[0] > 0.7 ? x - 9 : x + 9, y: at[1] > 0.9 ? y + 8 : y - 18, align: at[0] > 0.7 ? "right" : "left", fill: color("ink"), fontSize: 11 } },
    ],
  };
}
