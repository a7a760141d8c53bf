// This will make ECharts wear the page's colors and type, and change them when the theme does.

export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const font = () => getComputedStyle(document.body).fontFamily;

/** Axis settings shared by all charts. */
export function axis(more = {}) {
  return {
    axisLine: { lineStyle: { color: color("line-strong") } },
    axisTick: { show: false },
    axisLabel: { color: color("ink-soft"), fontSize: 12 },
    splitLine: { lineStyle: { color: color("line") } },
    nameTextStyle: { color: color("ink-soft"), fontSize: 12 },
    ...more,
  };
}

/** Settings shared by all charts; rich text, because HTML tooltips need inline styles that the CSP refuses. */
export function base(more = {}) {
  return {
    animation: false,
    textStyle: { fontFamily: font(), color: color("ink") },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: color("ink-soft") } },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: color("surface"),
      borderColor: color("line-strong"),
      textStyle: { color: color("ink"), fontSize: 12 },
    },
    ...more,
  };
}

/** Draw a chart in an element; `options` is called anew for every draw. Returns {draw}. */
export function chart(element, options) {
  const drawn = window.echarts.init(element);
  const draw = () => drawn.setOption(options(), { notMerge: true });
  document.addEventListener("second-look:theme", draw);
  new ResizeObserver(() => drawn.resize()).observe(element);
  // Text is measured when it is drawn, so it is drawn again with the right font.
  document.fonts.ready.then(draw);
  draw();
  return { draw };
}
