"use strict";

// The curves of several runs on one axis of time, each from one at its own beginning.
const strokes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];

function drawComparison(runs) {
  const curves = runs.map((run, place) => {
    if (!run.n) return null;
    const growth = series.numbers(run.growth);
    return { name: run.name, place, at: series.instants(run.at), growth, falls: series.falls(growth, 1) };
  }).filter(Boolean);
  if (!curves.length) return;
  const first = Math.min(...curves.map(({ at }) => at[0]));
  const last = Math.max(...curves.map(({ at }) => at[at.length - 1]), first + 86_400_000);

  function line({ at, name, place }, values, range, width, scale, more) {
    const rows = series.reduced(values, series.inSight(at, range), width);
    return {
      type: "scatter", mode: rows.length < 3 ? "lines+markers" : "lines", name: escaped(name), legendgroup: String(place),
      x: series.pick(at, rows), y: rows.map((row) => scale(values[row])),
      line: { color: theme.color(`run${place + 1}`), width: 1.6, dash: strokes[place] }, ...more,
    };
  }

  new TimeChart("comparison", [first, last], (range, width) => ({
    traces: curves.flatMap((curve) => [
      line(curve, curve.growth, range, width, (value) => (value - 1) * 100, { hovertemplate: "%{y:+.2f}%" }),
      line(curve, curve.falls, range, width, (value) => value * 100, { yaxis: "y2", showlegend: false, hovertemplate: "%{y:.2f}%" }),
    ]),
    layout: charts.layout({
      hovermode: "x unified",
      dragmode: charts.dragmode,
      showlegend: true,
      legend: charts.legend({ y: 1.06 }),
      margin: { l: charts.isNarrow ? 48 : 72, r: charts.isNarrow ? 8 : 16, t: charts.isNarrow ? 72 : 48, b: 40 },
      xaxis: timeAxis({ anchor: "y2" }),
      yaxis: charts.axis("", { domain: [0.4, 1], ticksuffix: "%", nticks: 8 }),
      yaxis2: charts.axis("", { domain: [0, 0.3], ticksuffix: "%", nticks: 4, rangemode: "tozero" }),
      annotations: [
        charts.heading("Growth of equity since each run began", 1.0),
        charts.heading("Drawdown: below the last high", 0.3),
      ],
    }),
  }));
}

theme.start();
drawComparison(JSON.parse(document.getElementById("report-data").textContent).runs);
document.documentElement.dataset.drawn = "all";
