"use strict";

// What all charts have in common: fonts, grids and colors of the page, no tool bar, the wheel left to the page.
const charts = {
  config: { displayModeBar: false, responsive: true, showTips: false, doubleClick: false },

  get isNarrow() {
    return window.innerWidth < 640;
  },

  // A finger that drags scrolls the page; a mouse that drags looks closer.
  get dragmode() {
    return window.matchMedia("(pointer: coarse)").matches ? false : "zoom";
  },

  axis(title, more = {}) {
    return {
      ...(title ? { title: { text: title, font: { size: 12, color: theme.color("soft") }, standoff: 8 } } : {}),
      gridcolor: theme.color("line"),
      linecolor: theme.color("line-strong"),
      zerolinecolor: theme.color("line-strong"),
      tickfont: { size: 11, color: theme.color("soft") },
      automargin: true,
      fixedrange: true,
      ...more,
    };
  },

  layout(more = {}) {
    return {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: theme.color("ink") },
      margin: { l: this.isNarrow ? 48 : 64, r: this.isNarrow ? 8 : 16, t: 12, b: 36, pad: 2 },
      hoverlabel: {
        bgcolor: theme.color("card"),
        bordercolor: theme.color("line-strong"),
        font: { color: theme.color("ink"), size: 12 },
        align: "left",
      },
      legend: this.legend(),
      showlegend: false,
      dragmode: false,
      ...more,
    };
  },

  // What a reader shows or hides in a legend stays so when a chart is drawn again.
  legend(more = {}) {
    return {
      orientation: "h", x: 0, y: 1.01, yanchor: "bottom", font: { size: 12 }, bgcolor: "rgba(0,0,0,0)",
      traceorder: "normal", uirevision: "kept", ...more,
    };
  },

  // The heading of one of several panels of a chart.
  heading(text, y) {
    return {
      text, x: 0, xref: "paper", xanchor: "left", y, yref: "paper", yanchor: "bottom", showarrow: false,
      font: { size: 12, color: theme.color("soft") },
    };
  },

  width(target) {
    return Math.max(200, target.clientWidth - 80);
  },

  draw(target, traces, layout) {
    return Plotly.react(target, traces, layout, this.config);
  },
};

// A chart over time that draws as many points as its width can show, of the stretch in sight.
class TimeChart {
  constructor(identifier, span, make) {
    this.target = document.getElementById(identifier);
    this.span = span;
    this.range = null;
    this.make = make;
    this.buttons = document.querySelector(`[data-range-of="${identifier}"]`);
    this.listen();
    this.draw();
    theme.followers.push(() => this.draw());
  }

  listen() {
    for (const button of this.buttons ? this.buttons.querySelectorAll("button") : []) {
      button.addEventListener("click", () => this.pressed(button.dataset));
    }
    let waiting = 0;
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(() => this.draw(), 150);
    });
  }

  pressed({ span, move }) {
    const [from, until] = this.range || this.span;
    if (move) {
      const step = (until - from) / 2 * (move === "back" ? -1 : 1);
      this.show(from + step, until + step);
    } else if (span === "all") {
      this.show(...this.span);
    } else {
      const length = Number(span) * 86_400_000;
      const end = this.range ? Math.min(this.span[1], (from + until) / 2 + length / 2) : this.span[1];
      this.show(end - length, end);
    }
  }

  // Keeps what is asked for within what there is.
  show(from, until) {
    const [first, last] = this.span;
    const length = Math.min(until - from, last - first);
    const start = Math.min(Math.max(from, first), last - length);
    this.range = length >= last - first ? null : [start, start + length];
    this.draw();
  }

  draw() {
    const { traces, layout } = this.make(this.range, charts.width(this.target));
    layout.xaxis.range = (this.range || this.span).map((at) => new Date(at).toISOString());
    const drawn = charts.draw(this.target, traces, layout);
    this.mark();
    if (this.isHeard) return;
    this.isHeard = true;
    drawn.then(() => {
      this.target.on("plotly_relayout", (change) => this.zoomed(change));
      this.target.on("plotly_doubleclick", () => { this.show(...this.span); return false; });
    });
  }

  zoomed(change) {
    const from = change["xaxis.range[0]"];
    const until = change["xaxis.range[1]"];
    if (from !== undefined && until !== undefined) this.show(TimeChart.instant(from), TimeChart.instant(until));
  }

  // The chart library writes UTC without saying so.
  static instant(value) {
    return typeof value === "number" ? value : Date.parse(`${value.replace(" ", "T")}Z`);
  }

  mark() {
    const length = this.range ? (this.range[1] - this.range[0]) / 86_400_000 : null;
    for (const button of this.buttons ? this.buttons.querySelectorAll("[data-span]") : []) {
      const { span } = button.dataset;
      const isOn = span === "all" ? length === null : length !== null && Math.abs(length - Number(span)) < 0.01;
      button.setAttribute("aria-pressed", String(isOn));
    }
  }
}

function timeAxis(more = {}) {
  return charts.axis("", {
    type: "date",
    fixedrange: false,
    automargin: false,
    hoverformat: "%Y-%m-%d %H:%M",
    showspikes: true,
    spikemode: "across",
    spikethickness: 1,
    spikedash: "dot",
    spikecolor: theme.color("soft"),
    nticks: charts.isNarrow ? 4 : 10,
    ...more,
  });
}

// Equity, drawdown and exposure below each other, on one axis of time.
function drawTimeline(curve, unit) {
  const at = series.instants(curve.at);
  const equity = series.numbers(curve.equity);
  const exposure = series.numbers(curve.exposure);
  const holding = curve.holding ? series.numbers(curve.holding) : null;
  const falls = series.falls(equity, curve.start);
  const span = at.length > 1 ? [at[0], at[at.length - 1]] : [at[0] - 43_200_000, at[0] + 43_200_000];
  const isDwarfed = holding !== null && isFarBeyond(holding, equity);

  function line(values, range, width, more, scale = 1) {
    const rows = series.reduced(values, series.inSight(at, range), width);
    const mode = rows.length < 3 ? "lines+markers" : "lines";
    return { x: series.pick(at, rows), y: series.pick(values, rows, scale), type: "scatter", mode, ...more };
  }

  return new TimeChart("timeline", span, (range, width) => {
    const traces = [
      line(equity, range, width, {
        name: "Equity", showlegend: false, line: { color: theme.color("accent"), width: 1.6 }, hovertemplate: `%{y:,.2f} ${unit}`,
      }),
      line(falls, range, width, {
        name: "Below the last high", yaxis: "y2", fill: "tozeroy", fillcolor: theme.color("loss-wash"),
        line: { color: theme.color("loss"), width: 1.2 }, showlegend: false, hovertemplate: "%{y:.2f}%",
      }, 100),
      line(exposure, range, width, {
        name: "Exposure", yaxis: "y3", fill: "tozeroy", fillcolor: theme.color("accent-wash"),
        line: { color: theme.color("accent"), width: 1.2, shape: "hv" }, showlegend: false, hovertemplate: "%{y:.2f}×",
      }),
    ];
    if (holding) {
      traces.push(line(holding, range, width, {
        name: isDwarfed ? "Held in equal parts (click to show)" : "Held in equal parts",
        visible: isDwarfed ? "legendonly" : true,
        line: { color: theme.color("soft"), width: 1.2, dash: "dot" }, hovertemplate: `%{y:,.2f} ${unit}`,
      }));
    }
    const layout = charts.layout({
      hovermode: "x unified",
      hoversubplots: "axis",
      dragmode: charts.dragmode,
      showlegend: holding !== null,
      legend: charts.legend({ x: 1, xanchor: "right", y: charts.isNarrow ? 1.05 : 1.01 }),
      margin: { l: charts.isNarrow ? 48 : 72, r: charts.isNarrow ? 8 : 16, t: charts.isNarrow ? 52 : 28, b: 40 },
      xaxis: timeAxis({ anchor: "y3" }),
      yaxis: charts.axis("", { domain: [0.47, 1], tickformat: ",.6~s", nticks: 7, ...unlessFlat(equity, (at) => [at * 0.99, at * 1.01]) }),
      yaxis2: charts.axis("", { domain: [0.24, 0.41], ticksuffix: "%", nticks: 4, rangemode: "tozero", ...unlessFlat(falls, () => [-1, 0]) }),
      yaxis3: charts.axis("", { domain: [0, 0.17], ticksuffix: "×", nticks: 4, rangemode: "tozero" }),
      annotations: [
        charts.heading(unit ? `Equity, ${unit}` : "Equity", 1.0),
        charts.heading("Drawdown: below the last high", 0.41),
        charts.heading("Gross exposure over equity", 0.17),
      ],
    });
    return { traces, layout };
  });
}

// Without a range of its own a curve that never moves is drawn on an axis of hundredths, or of drawdowns above zero.
function unlessFlat(values, rangeAround) {
  const isFlat = values.every((value) => value === values[0]);
  return isFlat && values.length ? { range: rangeAround(values[0]) } : {};
}

// Whether a curve would flatten the other one if both were drawn on one axis.
function isFarBeyond(curve, other) {
  const size = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity)
    - values.reduce((least, value) => Math.min(least, value), Infinity);
  return size(curve) > 3 * size(other);
}

function drawWaterfall(parts, unit) {
  const names = { prices: "Prices", slippage: "Slippage", fees: "Fees", funding: "Funding", liquidation: "Liquid." };
  const shown = Object.keys(names).filter((name) => name !== "liquidation" || parts[name] !== 0);
  const net = Object.values(parts).reduce((total, part) => total + part, 0);
  const values = [...shown.map((name) => parts[name]), net];
  const draw = () => charts.draw(document.getElementById("waterfall"), [{
    type: "waterfall",
    x: [...shown.map((name) => names[name]), "Net"],
    y: values,
    measure: [...shown.map(() => "relative"), "total"],
    text: values.map((value) => (charts.isNarrow ? written.short(value) : written.gain(value))),
    customdata: values.map((value) => written.gain(value)),
    textposition: "outside",
    textangle: 0,
    textfont: { size: charts.isNarrow ? 9 : 11, color: theme.color("ink") },
    constraintext: "none",
    cliponaxis: false,
    hovertemplate: `%{x}: %{customdata} ${unit}<extra></extra>`,
    increasing: { marker: { color: theme.color("gain") } },
    decreasing: { marker: { color: theme.color("loss") } },
    totals: { marker: { color: theme.color("accent") } },
    connector: { line: { color: theme.color("line-strong"), width: 1 } },
  }], charts.layout({
    xaxis: charts.axis("", { showgrid: false, tickangle: 0 }),
    yaxis: charts.axis(unit, { tickformat: ",.3~s", nticks: 6 }),
    bargap: 0.35,
    margin: { l: 64, r: 12, t: 28, b: 36 },
  }));
  draw();
  theme.followers.push(draw);
}

// Fractions are shown as percentages; anything else says its own unit.
function drawClasses(identifier, classes, title, counted, { scale, unit } = { scale: 100, unit: "%" }) {
  const { width, first, counts } = classes;
  const size = width * scale;
  const edges = counts.map((_, place) => first * scale + place * size);
  const places = Math.max(0, 1 - Math.floor(Math.log10(size)));
  const label = edges.map((edge) => `${edge.toFixed(places)} to ${(edge + size).toFixed(places)}${unit}`);
  const draw = () => charts.draw(document.getElementById(identifier), [{
    type: "bar",
    x: edges.map((edge) => edge + size / 2),
    y: counts,
    width: size,
    customdata: label,
    marker: {
      color: edges.map((edge) => theme.color(edge + size / 2 > 0 ? "gain" : "loss")),
      line: { color: theme.color("card"), width: counts.length > 80 ? 0 : 1 },
    },
    hovertemplate: `%{customdata}: %{y} ${counted}<extra></extra>`,
  }], charts.layout({
    xaxis: charts.axis(title, { ticksuffix: unit, showgrid: false, nticks: 7 }),
    yaxis: charts.axis(counted[0].toUpperCase() + counted.slice(1), { nticks: 5 }),
    margin: { l: 56, r: 12, t: 12, b: 48 },
  }));
  draw();
  theme.followers.push(draw);
}

// One point for each closed trade: how far it moved, and what became of it.
function drawExcursions(identifier, moved, results, labels, title) {
  const draw = () => charts.draw(document.getElementById(identifier), [
    ["Wins", (value) => value > 0, "gain", "circle"],
    ["Losses", (value) => value <= 0, "loss", "x-thin"],
  ].map(([name, belongs, color, symbol]) => {
    const rows = results.map((_, row) => row).filter((row) => belongs(results[row]) && Number.isFinite(moved[row]));
    return {
      type: "scatter", mode: "markers", name,
      x: rows.map((row) => moved[row] * 100),
      y: rows.map((row) => results[row] * 100),
      customdata: rows.map((row) => labels[row]),
      marker: { color: theme.color(color), size: 6, symbol, opacity: 0.75, line: { width: symbol === "circle" ? 0 : 1.4, color: theme.color(color) } },
      hovertemplate: "%{customdata}<br>moved %{x:.2f}%, ended %{y:.2f}%<extra></extra>",
    };
  }), charts.layout({
    xaxis: charts.axis(title, { ticksuffix: "%", nticks: 7 }),
    yaxis: charts.axis("Net result on notional", { ticksuffix: "%", nticks: 6 }),
    showlegend: true,
    margin: { l: 64, r: 12, t: 28, b: 48 },
  }));
  draw();
  theme.followers.push(draw);
}
