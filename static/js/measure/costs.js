// This will draw what each day cost, stacked by what was used, and write the same numbers into a table when asked.

import { shortDay } from "../charts/days.js";
import { axis, base, chart, color } from "../charts/theme.js";
import { gettext, number } from "../language.js";

const COLORS = {
  moderator: "chart-2",
  annotator: "chart-6",
  manager: "chart-5",
  cpu: "chart-4",
  gpu: "chart-3",
  storage: "chart-1",
};

const place = document.getElementById("cost-days");
const table = document.getElementById("cost-table");

const amount = (value) => number(value, value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
const said = (value) => (value === null ? gettext("no price") : amount(value));

function options({ days, resources, currency }) {
  return base({
    legend: { ...base().legend, type: "scroll", right: 0 },
    tooltip: { ...base().tooltip, valueFormatter: (value) => `${said(value ?? null)} ${currency}` },
    xAxis: axis({ type: "category", data: days.map(shortDay), splitLine: { show: false } }),
    yAxis: axis({ type: "value", axisLine: { show: false } }),
    series: resources.map(({ key, name, amounts }) => ({
      type: "bar",
      stack: "cost",
      barMaxWidth: 26,
      name,
      itemStyle: { color: color(COLORS[key]) },
      data: amounts,
    })),
  });
}

function fill({ days, resources }) {
  for (const { name } of resources) {
    const cell = document.createElement("th");
    Object.assign(cell, { scope: "col", className: "number", textContent: name });
    document.getElementById("cost-head").append(cell);
  }
  const rows = days.map((day, at) => {
    const row = document.createElement("tr");
    row.insertCell().textContent = shortDay(day);
    for (const { amounts } of resources) {
      const cell = row.insertCell();
      Object.assign(cell, { className: "number", textContent: said(amounts[at]) });
    }
    return row;
  });
  document.getElementById("cost-rows").replaceChildren(...rows);
}

if (place) {
  const data = JSON.parse(document.getElementById("cost-data").textContent);
  const isEmpty = data.resources.every(({ amounts }) => amounts.every((value) => !value));
  place.hidden = isEmpty;
  document.getElementById("cost-days-empty").hidden = !isEmpty;
  if (!isEmpty) chart(place, () => options(data));
  table.addEventListener("toggle", () => fill(data), { once: true });
}
