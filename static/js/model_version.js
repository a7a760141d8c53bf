// This will draw a model version's curves for the chosen class, and carry out deploy, roll back and waive.

import { curveOptions } from "./charts/curve.js";
import { reliabilityOptions } from "./charts/reliability.js";
import { chart } from "./charts/theme.js";
import { carryOutMoves } from "./moves.js";

const figures = JSON.parse(document.getElementById("figures").textContent);
const byId = (id) => document.getElementById(id);
let chosen = "";

function drawCharts() {
  const curve = byId("curve");
  const reliability = byId("reliability");
  if (!curve) return () => {};
  const charts = [
    chart(curve, () => curveOptions(curve.dataset, figures[chosen].curve)),
    chart(reliability, () => reliabilityOptions(reliability.dataset, figures[chosen].reliability)),
  ];
  return () => charts.forEach((one) => one.draw());
}

function choose(key, draw) {
  chosen = key;
  for (const button of document.querySelectorAll(".class-tabs [data-class]")) {
    button.setAttribute("aria-pressed", String(button.dataset.class === key));
  }
  for (const table of document.querySelectorAll("[data-points]")) table.hidden = table.dataset.points !== key;
  const isEmpty = figures[key].curve.length === 0;
  byId("curve").hidden = isEmpty;
  byId("curve-empty").hidden = !isEmpty;
  draw();
}

const draw = drawCharts();
document.addEventListener("click", (event) => {
  const tab = event.target.closest(".class-tabs [data-class]");
  if (tab) choose(tab.dataset.class, draw);
});
carryOutMoves();
