// This will draw what the guard's bets are worth, and show of the decision's form what its outcome needs.

import { axis, base, chart, color } from "../charts/theme.js";

// Beyond a million times its stake, nobody reads how much more.
const MOST_POWER = 6;
const COLORS = ["chart-2", "chart-5", "chart-4", "chart-6"];

const form = document.querySelector("[data-deciding]");
const element = document.getElementById("capital");

/** Fields that belong to another outcome are put away; without JavaScript all of them are there. */
function fit() {
  const chosen = form.querySelector("[name=outcome]:checked")?.value;
  form.querySelectorAll("[data-for]").forEach((one) => {
    one.hidden = one.dataset.for !== chosen;
  });
}

const shortDay = (day) => new Date(`${day}T00:00Z`).toLocaleDateString(document.documentElement.lang, {
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});

/** A power of ten as people write it: 0.001, 1, 400. */
const worth = (log) => log > MOST_POWER ? `10^${Math.round(log)}` : Number((10 ** log).toPrecision(2)).toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 2 });

function options(watched) {
  const fires = Math.max(...watched.guarded.map((one) => one.fires_at));
  return base({
    // On a phone the legend takes two lines.
    grid: { left: 8, right: 24, top: element.clientWidth < 480 ? 64 : 40, bottom: 8, containLabel: true },
    tooltip: { ...base().tooltip, valueFormatter: worth },
    xAxis: axis({ type: "category", data: watched.days.map(shortDay), splitLine: { show: false } }),
    yAxis: axis({
      type: "value",
      min: (range) => Math.max(-MOST_POWER, Math.min(-3, Math.floor(range.min))),
      max: (range) => Math.min(MOST_POWER, Math.max(3, Math.ceil(range.max))),
      axisLabel: { color: color("ink-soft"), formatter: worth },
    }),
    series: watched.guarded.map((one, number) => ({
      type: "line",
      name: one.title,
      showSymbol: watched.days.length < 3,
      lineStyle: { width: 2, color: color(COLORS[number % COLORS.length]) },
      itemStyle: { color: color(COLORS[number % COLORS.length]) },
      data: one.capital.map((log) => Math.min(log, MOST_POWER)),
      ...(number === 0 && {
        markLine: {
          silent: true,
          symbol: "none",
          label: { formatter: element.dataset.fires, position: "insideEndTop", color: color("bad") },
          lineStyle: { color: color("bad"), type: "dashed" },
          data: [{ yAxis: fires }],
        },
      }),
    })),
  });
}

function fillTable(watched) {
  const head = document.getElementById("capital-head");
  watched.guarded.forEach((one) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.className = "number";
    cell.textContent = one.title;
    head.append(cell);
  });
  const rows = watched.days.map((day, number) => {
    const row = document.createElement("tr");
    row.insertCell().textContent = shortDay(day);
    watched.guarded.forEach((one) => {
      const cell = row.insertCell();
      cell.className = "number";
      cell.textContent = worth(one.capital[number]);
    });
    return row;
  });
  document.getElementById("capital-rows").replaceChildren(...rows.reverse());
}

if (form) {
  form.addEventListener("change", fit);
  fit();
}

if (element && !element.hidden) {
  const response = await fetch(element.dataset.url, { credentials: "same-origin" });
  const watched = response.ok ? await response.json() : { days: [], guarded: [] };
  element.hidden = watched.days.length === 0;
  if (!element.hidden) {
    fillTable(watched);
    chart(element, () => options(watched));
  }
}
