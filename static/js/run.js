// This will draw the loss of a run's epochs, go on while it trains, and carry out cancel, resume and waive.

import { axis, base, chart, color } from "./charts/theme.js";
import { carryOutMoves } from "./moves.js";

const REFRESH_MILLISECONDS = 3000;
const element = document.getElementById("epochs");
let epochs = [];

const line = (name, key, shade) => ({
  type: "line",
  name,
  showSymbol: epochs.length < 2,
  lineStyle: { width: 2, color: color(shade) },
  itemStyle: { color: color(shade) },
  data: epochs.map((one) => [one.epoch, one[key] ?? null]),
});

const options = () =>
  base({
    xAxis: axis({ type: "value", name: element.dataset.epoch, nameLocation: "middle", nameGap: 28, minInterval: 1, min: "dataMin", max: "dataMax", splitLine: { show: false } }),
    yAxis: axis({ type: "value", scale: true }),
    grid: { left: 8, right: 16, top: 40, bottom: 32, containLabel: true },
    series: [
      line(element.dataset.loss, "loss", "chart-2"),
      line(element.dataset.validation, "validation_loss", "chart-3"),
    ],
  });

/** Fetch the epochs; returns whether more may come. */
async function load() {
  const response = await fetch(element.dataset.url, { credentials: "same-origin" });
  if (!response.ok) return true;
  const found = await response.json();
  epochs = found.epochs;
  element.hidden = epochs.length === 0;
  document.getElementById("epochs-empty").hidden = epochs.length > 0;
  return found.is_live;
}

async function follow(draw) {
  const isLive = await load().catch(() => true);
  if (epochs.length) draw();
  if (isLive) setTimeout(follow, REFRESH_MILLISECONDS, draw);
}

let curve = null;
follow(() => {
  curve ??= chart(element, options);
  curve.draw();
});

// The steps are fetched anew every few seconds: what somebody opened or closed by hand stays so.
const chosen = new Map();
document.addEventListener("click", (event) => {
  const details = event.target.closest("summary")?.parentElement;
  if (details?.id) chosen.set(details.id, !details.open);
});

function restore() {
  for (const [id, isOpen] of chosen) document.getElementById(id)?.toggleAttribute("open", isOpen);
  for (const log of document.querySelectorAll("[data-follow]")) log.scrollTop = log.scrollHeight;
}

document.addEventListener("htmx:afterSwap", restore);
restore();
carryOutMoves();
