"use strict";

// Regimes under prices, scenarios over time, and how the account was shared.
const REGIMES = ["bull", "bear", "sideways", "neutral"];

const regimes = {
  // Neighbors that would share a pixel become one, of the kind that fills most of it.
  inSight(stretches, range, nPixels) {
    const [from, until] = range;
    const first = series.firstFrom(stretches.until, from + 1);
    const rows = [];
    for (let row = first; row < stretches.from.length && stretches.from[row] < until; row += 1) rows.push(row);
    return rows.length <= nPixels ? rows.map((row) => this.band(stretches, row)) : this.joined(stretches, rows, range, nPixels);
  },

  band(stretches, row) {
    const [from, until] = [stretches.from[row], stretches.until[row]];
    return { from, until, regime: stretches.regime[row], volatility: stretches.volatility[row], text: this.told(stretches, row) };
  },

  joined(stretches, rows, [from, until], nPixels) {
    const width = (until - from) / nPixels;
    const longest = new Map();
    for (const row of rows) {
      const pixel = Math.floor((Math.max(stretches.from[row], from) - from) / width);
      const length = stretches.until[row] - stretches.from[row];
      const best = longest.get(pixel);
      if (best === undefined || length > stretches.until[best] - stretches.from[best]) longest.set(pixel, row);
    }
    const kept = [...longest.values()].map((row) => this.band(stretches, row));
    kept.forEach((band, place) => { band.until = place + 1 < kept.length ? kept[place + 1].from : until; });
    return kept;
  },

  told(stretches, row) {
    const since = new Date(stretches.from[row]).toISOString();
    const sure = stretches.regime[row] === "neutral" ? "" : `, confidence ${stretches.confidence[row].toFixed(2)} when it began`;
    const reason = stretches.reason[row] ? `<br>${escaped(stretches.reason[row])}` : "";
    return `${stretches.regime[row].toUpperCase()}, ${stretches.volatility[row]} volatility${sure}<br>since ${written.moment(since)}${reason}`;
  },

  bars(bands, more) {
    return {
      type: "bar", x: bands.map((band) => (band.from + band.until) / 2), width: bands.map((band) => band.until - band.from),
      text: bands.map((band) => band.text), textposition: "none", hovertemplate: "%{text}<extra></extra>", ...more,
    };
  },

  color(regime) {
    return { color: theme.color(`regime-${regime}`), line: { width: 0 } };
  },

  // Two lanes: the regime, and below it where volatility is high.
  ribbon(stretches, range, nPixels) {
    const bands = this.inSight(stretches, range, nPixels);
    const traces = REGIMES.map((regime) => this.bars(bands.filter((band) => band.regime === regime), {
      name: regime[0].toUpperCase() + regime.slice(1), yaxis: "y2", base: 0.4, marker: this.color(regime),
    })).map((trace) => ({ ...trace, y: trace.x.map(() => 0.6), legendgroup: trace.name }));
    const high = this.bars(bands.filter((band) => band.volatility === "high"), {
      name: "High volatility", yaxis: "y2", base: 0, marker: { color: theme.color("regime-high"), line: { width: 0 } },
    });
    return [...traces, { ...high, y: high.x.map(() => 0.26) }].filter((trace) => trace.x.length);
  },
};

// One lane for each of the eight scenarios, and below it the parts of the account.
class ScenarioChart {
  static lanes = REGIMES.flatMap((regime) => ["low", "high"].map((volatility) => [regime, volatility])).reverse();

  constructor(data) {
    this.data = data.scenarios;
    this.chooser = document.getElementById("scenario-symbol");
    this.chart = new TimeChart("scenarios", this.span, (range, width) => this.make(range || this.span, width));
    this.chooser.addEventListener("change", () => { this.chart.span = this.span; this.chart.draw(); });
  }

  get stretches() {
    return this.data.stretches[this.chooser.value];
  }

  get weights() {
    return this.data.weights[this.chooser.value];
  }

  get span() {
    if (this.stretches) return [this.stretches.from[0], this.stretches.until[this.stretches.until.length - 1]];
    return [series.instants(this.weights.at)[0], this.data.end];
  }

  make(range, width) {
    const hasLanes = Boolean(this.stretches);
    const hasWeights = Boolean(this.weights);
    const split = hasLanes && hasWeights ? 0.46 : hasWeights ? 1 : 0;
    const traces = [...(hasLanes ? this.scenarios(range, width) : []), ...(hasWeights ? this.shares(range, width) : [])];
    const headings = [];
    if (hasLanes) headings.push(charts.heading("Scenario", 1.0));
    if (hasWeights) headings.push(charts.heading("Part of the account by strategy", split));
    return {
      traces,
      layout: charts.layout({
        barmode: "overlay", bargap: 0,
        hovermode: "closest",
        dragmode: charts.dragmode,
        showlegend: hasWeights,
        legend: charts.legend({ y: -0.08, yanchor: "top" }),
        margin: { l: charts.isNarrow ? 92 : 104, r: charts.isNarrow ? 8 : 16, t: 28, b: 64 },
        xaxis: timeAxis({ anchor: hasWeights ? "y2" : "y" }),
        ...(hasLanes ? { yaxis: charts.axis("", {
          domain: [split ? split + 0.1 : 0, 1], range: [-0.5, 7.5], showgrid: false, zeroline: false,
          tickvals: ScenarioChart.lanes.map((_, place) => place),
          ticktext: ScenarioChart.lanes.map(([regime, volatility]) => `${regime[0].toUpperCase()}${regime.slice(1)}, ${volatility}`),
        }) } : {}),
        ...(hasWeights ? { yaxis2: charts.axis("", { domain: [0, split], range: [0, 1], tickformat: ".0%", nticks: 5 }) } : {}),
        annotations: headings,
      }),
    };
  }

  scenarios(range, width) {
    const bands = regimes.inSight(this.stretches, range, width);
    return ScenarioChart.lanes.map(([regime, volatility], place) => {
      const own = bands.filter((band) => band.regime === regime && band.volatility === volatility);
      return { ...regimes.bars(own, { base: place - 0.34, marker: regimes.color(regime), showlegend: false }), y: own.map(() => 0.68) };
    }).filter((trace) => trace.x.length);
  }

  // Steps that are held until the next change; as many as can be told apart.
  shares(range, width) {
    const at = series.instants(this.weights.at);
    const sight = series.inSight(at, range);
    const step = Math.max(1, Math.ceil((sight[1] - sight[0]) / width));
    const rows = [];
    for (let row = sight[0]; row < sight[1]; row += step) rows.push(row);
    const x = [...rows.map((row) => at[row]), this.data.end];
    return Object.entries(this.weights.shares).map(([name, packed], place) => {
      const values = series.numbers(packed);
      const y = rows.map((row) => values[row]);
      return {
        type: "scatter", mode: "lines", name: escaped(name), yaxis: "y2", stackgroup: "account",
        x, y: [...y, y[y.length - 1]], line: { shape: "hv", width: 0, color: theme.color(`run${place % 6 + 1}`) },
        fillcolor: theme.wash(`run${place % 6 + 1}`), hovertemplate: `${escaped(name)}: %{y:.1%}, %{x|%Y-%m-%d %H:%M}<extra></extra>`,
      };
    });
  }
}
