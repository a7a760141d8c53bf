// This will draw how many posts came each day and what became of them, and count them anew each minute.

import { axis, base, chart, color } from "../charts/theme.js";
import { shortDay } from "../charts/days.js";

const REFRESH_MILLISECONDS = 60000;
const SERIES = [
  ["passed", "chart-1"],
  ["people", "chart-2"],
  ["removed", "chart-3"],
  ["failed", "chart-4"],
];

const element = document.getElementById("days");
let days = [];

function options() {
  return base({
    xAxis: axis({ type: "category", data: days.map((one) => shortDay(one.day)), splitLine: { show: false } }),
    yAxis: axis({ type: "value", minInterval: 1, axisLine: { show: false } }),
    series: SERIES.map(([key, name]) => ({
      type: "bar",
      stack: "posts",
      barMaxWidth: 22,
      name: element.dataset[key],
      itemStyle: { color: color(name) },
      data: days.map((one) => one[key]),
    })),
  });
}

function fillTable() {
  const rows = days.map((one) => {
    const row = document.createElement("tr");
    [shortDay(one.day), ...SERIES.map(([key]) => one[key])].forEach((value, index) => {
      const cell = row.insertCell();
      cell.textContent = value;
      if (index) cell.className = "number";
    });
    return row;
  });
  document.getElementById("days-rows").replaceChildren(...rows);
}

async function load() {
  const response = await fetch(element.dataset.url, { credentials: "same-origin" });
  if (!response.ok) return;
  days = (await response.json()).days;
  const isEmpty = days.every((one) => one.posts === 0);
  element.hidden = isEmpty;
  document.getElementById("days-empty").hidden = !isEmpty;
  fillTable();
}

if (element) {
  await load();
  const bars = chart(element, options);
  setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    await load().catch(() => {});
    bars.draw();
  }, REFRESH_MILLISECONDS);
}
