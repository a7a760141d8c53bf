// This will draw the curves of several runs together: flag precision against machine recall, and loss per epoch.

import { axis, base, chart, color } from "../charts/theme.js";
import { gettext, interpolate } from "../language.js";

const { runs } = JSON.parse(document.getElementById("figures").textContent);
const byId = (id) => document.getElementById(id);
const percent = (share) => `${(share * 100).toFixed(1)} %`;
const called = (one) => interpolate(gettext("Run %(number)s"), { number: one.run });
let chosen = "";

const line = (one, data, more = {}) => ({
  type: "line",
  name: called(one),
  showSymbol: data.length < 2,
  lineStyle: { width: 2, color: color(`shade-${one.shade}`), ...more },
  itemStyle: { color: color(`shade-${one.shade}`) },
  emphasis: { focus: "series" },
  data,
});

const share = () => ({
  type: "value",
  min: 0,
  max: 1,
  axisLabel: { color: color("ink-soft"), fontSize: 12, formatter: (value) => `${Math.round(value * 100)} %` },
});

function curveOptions() {
  return base({
    grid: { left: 28, right: 20, top: 40, bottom: 32, containLabel: true },
    tooltip: {
      ...base().tooltip,
      trigger: "item",
      formatter: ({ seriesName, value }) => `${seriesName}\n${gettext("Machine recall")} ${percent(value[0])}\n${gettext("Flag precision")} ${percent(value[1])}\n${gettext("Threshold")} ${value[2].toFixed(3)}`,
    },
    xAxis: axis({ ...share(), name: gettext("Machine recall"), nameLocation: "middle", nameGap: 32 }),
    yAxis: axis({ ...share(), name: gettext("Flag precision"), nameLocation: "middle", nameGap: 52 }),
    series: runs.map((one) => ({
      ...line(one, [...(one.curves[chosen] ?? [])].sort((a, b) => a[0] - b[0] || b[2] - a[2])),
      symbolSize: 5,
      triggerLineEvent: true,
    })),
  });
}

function lossOptions() {
  return base({
    xAxis: axis({ type: "value", name: gettext("Epoch"), nameLocation: "middle", nameGap: 28, minInterval: 1, min: "dataMin", max: "dataMax", splitLine: { show: false } }),
    yAxis: axis({ type: "value", scale: true }),
    grid: { left: 8, right: 16, top: 40, bottom: 32, containLabel: true },
    series: runs.flatMap((one) => [
      line(one, one.epochs.map(([epoch, , validation]) => [epoch, validation])),
      line(one, one.epochs.map(([epoch, loss]) => [epoch, loss]), { type: "dashed", width: 1 }),
    ]),
  });
}

const hasEpochs = runs.some((one) => one.epochs.length);
byId("loss-chart").hidden = !hasEpochs;
byId("loss-empty").hidden = hasEpochs;
if (hasEpochs) chart(byId("loss-chart"), lossOptions);

const curves = byId("curve-chart") ? chart(byId("curve-chart"), curveOptions) : null;

function choose(key) {
  chosen = key;
  for (const button of document.querySelectorAll(".class-tabs [data-class]")) {
    button.setAttribute("aria-pressed", String(button.dataset.class === key));
  }
  const isEmpty = runs.every((one) => !one.curves[key]?.length);
  byId("curve-chart").hidden = isEmpty;
  byId("curve-empty").hidden = !isEmpty;
  curves.draw();
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest(".class-tabs [data-class]");
  if (tab) choose(tab.dataset.class);
});
if (curves) choose("");
