// This will draw what waited and what came and was done, and keep each slider of the planner with its number.

import { span } from "../answering/words.js";
import { axis, base, chart, color } from "../charts/theme.js";
import { number } from "../language.js";

const byId = (id) => document.getElementById(id);
const dataOf = (id) => JSON.parse(byId(id).textContent);
const COLORS = { review: "chart-2", label: "chart-6", complaint: "chart-4", appeal: "chart-5" };

const daysOf = (times) => (Date.parse(times.at(-1)) - Date.parse(times[0])) / 86400000;

/** A time of UTC, shortly: with its hour where `hasTimes`. */
function shortTime(at, hasTimes) {
  const hour = hasTimes ? { hour: "2-digit", minute: "2-digit", hour12: false } : {};
  const form = { day: "numeric", month: "short", timeZone: "UTC", ...hour };
  return new Date(at).toLocaleString(document.documentElement.lang, form);
}

const line = (name, data, ink, more = {}) => ({
  type: "line",
  name,
  data,
  showSymbol: data.length < 2,
  lineStyle: { width: 2, color: color(ink), ...more },
  itemStyle: { color: color(ink) },
});

function lines(times, series, { hasTimes, days }) {
  const label = (_, place) => shortTime(times[place], days <= 3);
  const axisLabel = { ...axis().axisLabel, formatter: label };
  return base({
    legend: { ...base().legend, type: "scroll", right: 0 },
    xAxis: axis({ type: "category", data: times.map((at) => shortTime(at, hasTimes)), splitLine: { show: false }, axisLabel }),
    yAxis: axis({ type: "value", minInterval: 1, axisLine: { show: false } }),
    series,
  });
}

function writeTable({ times, hasTimes, columns, head, rows }) {
  if (head) {
    for (const { name } of columns) {
      const cell = document.createElement("th");
      Object.assign(cell, { scope: "col", className: "number", textContent: name });
      head.append(cell);
    }
  }
  const written = times.map((at, place) => {
    const row = document.createElement("tr");
    row.insertCell().textContent = shortTime(at, hasTimes);
    for (const { data } of columns) Object.assign(row.insertCell(), { className: "number", textContent: number(data[place]) });
    return row;
  });
  rows.replaceChildren(...written.reverse());
}

function drawDepth() {
  const place = byId("depth-chart");
  const { at, has_times: hasTimes, desks, overdue, posts } = dataOf("depth-data");
  const isEmpty = at.length === 0;
  place.hidden = isEmpty;
  byId("depth-empty").hidden = !isEmpty;
  byId("depth-table").hidden = isEmpty;
  if (isEmpty) return;
  const columns = [
    ...desks.map(({ key, name, waiting }) => ({ name, data: waiting, ink: COLORS[key] })),
    { name: place.dataset.overdue, data: overdue, ink: "chart-3", more: { type: "dashed" } },
    { name: place.dataset.posts, data: posts, ink: "chart-1" },
  ];
  chart(place, () => lines(at, columns.map(({ name, data, ink, more }) => line(name, data, ink, more)), { hasTimes, days: daysOf(at) }));
  const parts = { times: at, hasTimes, columns, head: byId("depth-head"), rows: byId("depth-rows") };
  byId("depth-table").addEventListener("toggle", () => writeTable(parts), { once: true });
}

function drawFlows() {
  const { at, is_hourly: hasTimes, ...flows } = dataOf("flows-data");
  const isEmpty = at.length === 0;
  byId("flows-empty").hidden = !isEmpty;
  byId("flows-table").hidden = isEmpty;
  document.querySelector(".flows").hidden = isEmpty;
  if (isEmpty) return;
  for (const [id, came, done] of [["posts-chart", "received", "screened"], ["questions-chart", "opened", "finished"]]) {
    const place = byId(id);
    const pair = () => [line(place.dataset[came], flows[came], "chart-1"), line(place.dataset[done], flows[done], "chart-2")];
    chart(place, () => lines(at, pair(), { hasTimes, days: daysOf(at) }));
  }
  const names = ["received", "screened", "opened", "finished", "answered"];
  const parts = { times: at, hasTimes, columns: names.map((name) => ({ data: flows[name] })), rows: byId("flows-rows") };
  byId("flows-table").addEventListener("toggle", () => writeTable(parts), { once: true });
}

/** A slider moves its number, which the form sends; a number moves its slider, as far as that goes. */
function joinSliders() {
  for (const slider of document.querySelectorAll(".wish-slider")) {
    const field = byId(slider.dataset.of);
    slider.addEventListener("input", () => (field.value = slider.value));
    field.addEventListener("input", () => (slider.value = field.value));
  }
}

for (const age of document.querySelectorAll("[data-oldest-seconds]")) {
  age.textContent = span(Number(age.dataset.oldestSeconds) * 1000);
}
joinSliders();
drawDepth();
drawFlows();
