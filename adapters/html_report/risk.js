"use strict";

const LEVELS = ["mild", "moderate", "severe", "limit"];
const STATES = ["reducing", "halted"];

// One trace for all stretches of one kind: rectangles from the top to the bottom of its axis.
function bandsOf(bands, what, [bottom, top], more) {
  const x = [];
  const y = [];
  bands.what.forEach((each, row) => {
    if (each !== what) return;
    const [from, until] = [bands.from[row], bands.until[row]];
    x.push(from, from, until, until, from, null);
    y.push(bottom, top, top, bottom, bottom, null);
  });
  return {
    x, y, type: "scatter", mode: "lines", fill: "toself", line: { width: 0 }, hoverinfo: "skip",
    name: what, legendgroup: what, visible: x.length > 0, ...more,
  };
}

function bandAt(bands, instant) {
  const row = series.firstFrom(bands.until, instant + 1);
  return row < bands.what.length ? bands.what[row] : "";
}

// How far equity is below its high, on the levels of the ladder as bands, with what trading could do below.
function drawLadder(curve, risk) {
  const at = series.instants(curve.at);
  const falls = series.falls(series.numbers(curve.equity), curve.start);
  const deepest = falls.reduce((least, value) => Math.min(least, value), -0.001) * 105;
  const span = at.length > 1 ? [at[0], at[at.length - 1]] : [at[0] - 43_200_000, at[0] + 43_200_000];
  const hasStates = risk.states.what.some((state) => STATES.includes(state));

  return new TimeChart("ladder", span, (range, width) => {
    const rows = series.reduced(falls, series.inSight(at, range), width);
    const traces = LEVELS.map((level) => bandsOf(risk.levels, level, [deepest, 0], {
      fillcolor: theme.color(`level-${level}`),
    }));
    if (hasStates) {
      traces.push(...STATES.map((state) => bandsOf(risk.states, state, [0, 1], {
        yaxis: "y2", fillcolor: theme.color(`state-${state}`),
      })));
    }
    traces.push({
      x: series.pick(at, rows), y: series.pick(falls, rows, 100), type: "scatter",
      mode: rows.length < 3 ? "lines+markers" : "lines", name: "Below the high", showlegend: false,
      line: { color: theme.color("price"), width: 1.4 },
      customdata: rows.map((row) => bandAt(risk.levels, at[row])),
      hovertemplate: "%{y:.2f}%, level %{customdata}<extra></extra>",
    });
    const headings = [charts.heading("Below the last high", 1.0)];
    if (hasStates) headings.push(charts.heading("Trading held back", 0.11));
    return {
      traces,
      layout: charts.layout({
        hovermode: "x",
        dragmode: charts.dragmode,
        showlegend: true,
        legend: charts.legend({ x: 1, xanchor: "right", y: charts.isNarrow ? 1.08 : 1.02 }),
        margin: { l: charts.isNarrow ? 48 : 72, r: charts.isNarrow ? 8 : 16, t: charts.isNarrow ? 60 : 36, b: 40 },
        xaxis: timeAxis({ anchor: hasStates ? "y2" : "y" }),
        yaxis: charts.axis("", { domain: [hasStates ? 0.22 : 0, 1], range: [deepest, 0], ticksuffix: "%", nticks: 6 }),
        ...(hasStates ? {
          yaxis2: charts.axis("", { domain: [0, 0.1], range: [0, 1], showticklabels: false, showgrid: false }),
        } : {}),
        annotations: headings,
      }),
    };
  });
}

// What bound the sizes of entries, month by month.
function drawBindings({ months, counts }) {
  const names = Object.keys(counts);
  const colors = ["line-strong", "run1", "run2", "run3", "run4", "run5", "run6"];
  const draw = () => charts.draw(document.getElementById("bindings"), names.map((name, place) => ({
    type: "bar",
    name: escaped(name.replaceAll("_", " ")),
    x: months,
    y: counts[name],
    marker: { color: theme.color(colors[place % colors.length]) },
    hovertemplate: `%{x}: %{y} by ${escaped(name.replaceAll("_", " "))}<extra></extra>`,
  })), charts.layout({
    barmode: "stack",
    bargap: 0.25,
    showlegend: true,
    legend: charts.legend({ y: -0.16, yanchor: "top" }),
    xaxis: charts.axis("", { type: "category", showgrid: false, nticks: charts.isNarrow ? 4 : 8, tickangle: 0 }),
    yaxis: charts.axis("Entries", { nticks: 5 }),
    margin: { l: 56, r: 12, t: 12, b: 40 },
  }));
  draw();
  theme.followers.push(draw);
}

// A level for each day, and nothing over days without one.
function stepsOf(at, limits, day) {
  const x = [];
  const y = [];
  at.forEach((instant, row) => {
    if (row > 0 && instant - at[row - 1] > day) {
      x.push(instant);
      y.push(null);
    }
    x.push(instant, instant + day);
    y.push(-limits[row], -limits[row]);
  });
  return { type: "scatter", mode: "lines", x, y, connectgaps: false, hoverinfo: "skip" };
}

// What each day brought to what was held at its start, and the loss that should rarely be passed.
function drawForecasts({ at, var: limits, outcome }, unit) {
  const day = 86_400_000;
  const span = [at[0] - day / 2, at[at.length - 1] + day * 1.5];
  const rows = at.map((_, row) => row);
  const hits = rows.filter((row) => -outcome[row] > limits[row]);
  const others = rows.filter((row) => !(-outcome[row] > limits[row]));
  const middle = at.map((instant) => instant + day / 2);

  function bars(name, own, color) {
    return {
      type: "bar", name, x: series.pick(middle, own), y: series.pick(outcome, own), width: day * 0.8,
      marker: { color: theme.color(color), line: { width: 0 } }, customdata: series.pick(limits, own, -1),
      visible: own.length > 0, hovertemplate: `%{y:,.2f} ${unit}, value at risk %{customdata:,.2f}`,
    };
  }

  return new TimeChart("var", span, () => ({
    traces: [
      bars("Outcome of the day", others, "bar-up"),
      bars("Loss beyond value at risk", hits, "danger"),
      { ...stepsOf(at, limits, day), name: "Value at risk, as a loss", line: { color: theme.color("accent"), width: 1.6 } },
      {
        type: "scatter", mode: "markers", showlegend: false, x: series.pick(middle, hits), y: series.pick(outcome, hits),
        marker: { color: theme.color("danger"), symbol: "x", size: 9 }, hoverinfo: "skip",
      },
    ],
    layout: charts.layout({
      hovermode: "x unified",
      barmode: "overlay",
      dragmode: charts.dragmode,
      showlegend: true,
      legend: charts.legend({ x: 1, xanchor: "right", y: charts.isNarrow ? 1.1 : 1.02 }),
      margin: { l: charts.isNarrow ? 48 : 72, r: charts.isNarrow ? 8 : 16, t: charts.isNarrow ? 100 : 36, b: 40 },
      xaxis: timeAxis({ hoverformat: "%Y-%m-%d" }),
      yaxis: charts.axis("", { tickformat: ",.3~s", nticks: 6 }),
      annotations: [charts.heading(unit ? `Profit and loss, ${unit}` : "Profit and loss", 1.0)],
    }),
  }));
}
