// This will draw how the metrics of a period went, day by day, and write the same numbers into a table when asked.

import { shortDay } from "../charts/days.js";
import { chart } from "../charts/theme.js";
import { trendOptions } from "../charts/trend.js";
import { withInterval } from "../charts/units.js";

const charts = document.getElementById("trend-charts");
const table = document.getElementById("trend-table");

const isKnown = ([estimate, low]) => estimate !== null || low !== null;

function draw({ days, lines, marks }) {
  for (const line of lines) {
    const figure = charts.querySelector(`[data-key="${line.key}"]`);
    const [place, empty] = [figure.querySelector(".trend-chart"), figure.querySelector(".trend-empty")];
    const isEmpty = !line.points.some(isKnown);
    place.hidden = isEmpty;
    empty.hidden = !isEmpty;
    if (isEmpty) continue;
    chart(place, () => trendOptions(line, days, marks, shortDay));
    // One day is pointed at in all charts at once.
    window.echarts.getInstanceByDom(place).group = "trends";
  }
  window.echarts.connect("trends");
}

function fill({ days, lines }) {
  const rows = days.map((day, at) => {
    const row = document.createElement("tr");
    row.insertCell().textContent = shortDay(day);
    for (const line of lines) {
      const cell = row.insertCell();
      cell.className = "number";
      cell.textContent = withInterval(line.points[at], line);
    }
    return row;
  });
  document.getElementById("trend-rows").replaceChildren(...rows);
}

if (charts) {
  const response = await fetch(charts.dataset.url, { credentials: "same-origin" });
  if (response.ok) {
    const found = await response.json();
    draw(found);
    table.addEventListener("toggle", () => fill(found), { once: true });
  }
}
