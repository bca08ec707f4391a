"use strict";

// Prices of one instrument with what was done: entries, exits, stops, liquidations. Bars where few are in sight.
class MarketChart {
  static candlesMax = 220;
  static marksMax = 1200;

  constructor(data) {
    this.data = data;
    this.columns = {};
    this.chooser = document.getElementById("market-symbol");
    this.trades = MarketChart.bySymbol(data);
    this.chart = new TimeChart("market-chart", this.spanOf(this.symbol), (range, width) => this.make(range, width));
    this.chooser.addEventListener("change", () => this.changed());
    this.remark();
  }

  static bySymbol(data) {
    const trades = {};
    data.trades.symbol.forEach((symbol, row) => (trades[symbol] = trades[symbol] || []).push(row));
    return trades;
  }

  get symbol() {
    return this.chooser.value;
  }

  changed() {
    this.chart.span = this.spanOf(this.symbol);
    const range = this.chart.range;
    if (range) this.chart.show(...range); else this.chart.draw();
    this.remark();
  }

  // Says what is not drawn as it is.
  remark() {
    const { joined } = this.data.drawings.prices[this.symbol];
    const notes = joined > 1 ? [`Each bar here stands for ${joined} bars of the run; highs and lows are kept.`] : [];
    document.getElementById("market-note").textContent = notes.join(" ");
  }

  prices(symbol) {
    if (!this.columns[symbol]) {
      const packed = this.data.drawings.prices[symbol];
      const { open, high, low, close } = packed;
      this.columns[symbol] = {
        at: series.instants(packed.at), interval: packed.interval,
        open: series.numbers(open), high: series.numbers(high), low: series.numbers(low), close: series.numbers(close),
      };
    }
    return this.columns[symbol];
  }

  spanOf(symbol) {
    const { at, interval } = this.prices(symbol);
    return [at[0] - interval, at[at.length - 1] + interval];
  }

  // Shows one trade of the table, with some of what came before and after it.
  showTrade(row) {
    const symbol = this.data.trades.symbol[row];
    if (!this.data.drawings.prices[symbol]) return;
    this.chooser.value = symbol;
    this.changed();
    const from = this.data.instants.entered[row];
    const until = this.data.instants.exited[row] || this.chart.span[1];
    const margin = Math.max((until - from) * 0.6, 12 * this.prices(symbol).interval);
    this.chart.show(from - margin, until + margin);
    document.getElementById("market").scrollIntoView({ behavior: "smooth" });
  }

  make(range, width) {
    const prices = this.prices(this.symbol);
    const sight = series.inSight(prices.at, range);
    const isClose = sight[1] - sight[0] <= MarketChart.candlesMax;
    const stretches = this.data.scenarios.stretches[this.symbol];
    const traces = [
      ...(stretches ? regimes.ribbon(stretches, range || this.spanOf(this.symbol), width) : []),
      ...(isClose ? this.candles(prices, sight) : this.lines(prices, sight, width)),
      ...this.paths(range),
      this.stops(range),
      ...this.marks(range, width),
      this.liquidations(),
    ].filter(Boolean);
    const layout = charts.layout({
      hovermode: "closest",
      barmode: "overlay", bargap: 0,
      dragmode: charts.dragmode,
      showlegend: true,
      margin: { l: charts.isNarrow ? 48 : 72, r: charts.isNarrow ? 8 : 16, t: charts.isNarrow ? 60 : 32, b: 40 },
      xaxis: timeAxis({ rangeslider: { visible: false }, anchor: stretches ? "y2" : "y" }),
      yaxis: charts.axis("", { tickformat: ",.6~g", nticks: 8, domain: [stretches ? 0.13 : 0, 1], ...this.heights(prices, sight, range) }),
      ...(stretches ? {
        yaxis2: charts.axis("", { domain: [0, 0.09], range: [0, 1], showticklabels: false, showgrid: false, zeroline: false }),
      } : {}),
    });
    return { traces, layout };
  }

  // Closer up prices fill the chart: trades that began or end out of sight, and stops far away, do not flatten them.
  heights(prices, sight, range) {
    if (!range || sight[1] <= sight[0]) return {};
    const rows = Array.from({ length: sight[1] - sight[0] }, (_, place) => sight[0] + place);
    const low = rows.reduce((least, row) => Math.min(least, prices.low[row]), Infinity);
    const high = rows.reduce((most, row) => Math.max(most, prices.high[row]), -Infinity);
    const span = high - low || high * 0.01;
    const near = this.stopsInSight(range).map((row) => this.data.drawings.stops[this.symbol].price[row])
      .filter((price) => price > low - span / 2 && price < high + span / 2);
    return { range: [Math.min(low, ...near) - span * 0.05, Math.max(high, ...near) + span * 0.05] };
  }

  candles(prices, sight) {
    const rows = Array.from({ length: sight[1] - sight[0] }, (_, place) => sight[0] + place);
    return [{
      type: "candlestick", name: "Price", showlegend: false,
      // Drawn in the middle of the time that they cover; trades stand at their own moments.
      x: rows.map((row) => prices.at[row] - prices.interval / 2),
      open: series.pick(prices.open, rows), high: series.pick(prices.high, rows),
      low: series.pick(prices.low, rows), close: series.pick(prices.close, rows),
      increasing: { line: { color: theme.color("bar-up"), width: 1 }, fillcolor: theme.color("card") },
      decreasing: { line: { color: theme.color("bar-down"), width: 1 }, fillcolor: theme.color("bar-down") },
      hoverinfo: "x+y",
    }];
  }

  lines(prices, sight, width) {
    const highs = series.reduced(prices.high, sight, width / 2);
    const lows = series.reduced(prices.low, sight, width / 2);
    const closes = series.reduced(prices.close, sight, width);
    const edge = { type: "scatter", mode: "lines", showlegend: false, hoverinfo: "skip", line: { width: 0 } };
    return [
      { ...edge, x: series.pick(prices.at, lows), y: series.pick(prices.low, lows) },
      { ...edge, x: series.pick(prices.at, highs), y: series.pick(prices.high, highs), fill: "tonexty", fillcolor: theme.color("band") },
      {
        type: "scatter", mode: "lines", name: "Close", showlegend: false,
        x: series.pick(prices.at, closes), y: series.pick(prices.close, closes),
        line: { color: theme.color("price"), width: 1.1 }, hovertemplate: "%{x|%Y-%m-%d %H:%M}  %{y:,.6~g}<extra></extra>",
      },
    ];
  }

  inSight(range) {
    const { entered, exited } = this.data.instants;
    const rows = this.trades[this.symbol] || [];
    if (!range) return rows;
    return rows.filter((row) => entered[row] <= range[1] && (exited[row] === null || exited[row] >= range[0]));
  }

  // From entry to exit, in the color of what came of it. Left out where they would cover everything.
  paths(range) {
    const rows = this.inSight(range);
    if (rows.length > 400) return [];
    const { trades, instants } = this.data;
    return [["gain", (net) => net > 0], ["loss", (net) => net <= 0]].map(([color, belongs]) => {
      const own = rows.filter((row) => trades.exited_at[row] && belongs(Number(trades.net_pnl[row])));
      return {
        type: "scatter", mode: "lines", showlegend: false, hoverinfo: "skip",
        x: own.flatMap((row) => [instants.entered[row], instants.exited[row], null]),
        y: own.flatMap((row) => [Number(trades.entry_price[row]), Number(trades.exit_price[row]), null]),
        line: { color: theme.color(color), width: 1.2, dash: "dot" },
      };
    });
  }

  stops(range) {
    const stops = this.data.drawings.stops[this.symbol];
    if (!stops || !stops.from.length) return null;
    const rows = this.stopsInSight(range);
    return {
      type: "scatter", mode: "lines", name: "Stop",
      visible: rows.length > MarketChart.marksMax ? "legendonly" : true,
      x: rows.flatMap((row) => [stops.from[row], stops.until[row], null]),
      y: rows.flatMap((row) => [stops.price[row], stops.price[row], null]),
      line: { color: theme.color("stop"), width: 1.4 }, connectgaps: false,
      hovertemplate: "stop %{y:,.6~g}<extra></extra>",
    };
  }

  stopsInSight(range) {
    const stops = this.data.drawings.stops[this.symbol];
    if (!stops) return [];
    return stops.from.map((_, row) => row)
      .filter((row) => !range || (stops.from[row] <= range[1] && stops.until[row] >= range[0]));
  }

  marks(range, width) {
    const rows = this.inSight(range);
    const { trades, instants } = this.data;
    const sides = ["long", "short"].map((side) => {
      const own = this.thinned(rows.filter((row) => trades.side[row] === side), instants.entered, range, width);
      return {
        type: "scatter", mode: "markers", name: side === "long" ? "Long entry" : "Short entry",
        x: own.map((row) => instants.entered[row]), y: own.map((row) => Number(trades.entry_price[row])),
        text: own.map((row) => this.told(row)), hovertemplate: "%{text}<extra></extra>",
        marker: {
          symbol: side === "long" ? "triangle-up" : "triangle-down", size: 10, color: theme.color(side),
          line: { color: theme.color("card"), width: 1 },
        },
      };
    });
    const left = this.thinned(rows.filter((row) => trades.exited_at[row]), instants.exited, range, width);
    return [...sides, {
      type: "scatter", mode: "markers", name: "Exit",
      x: left.map((row) => instants.exited[row]), y: left.map((row) => Number(trades.exit_price[row])),
      text: left.map((row) => this.told(row)), hovertemplate: "%{text}<extra></extra>",
      marker: {
        symbol: "circle", size: 7, color: theme.color("card"),
        line: { color: left.map((row) => theme.color(Number(trades.net_pnl[row]) > 0 ? "gain" : "loss")), width: 2 },
      },
    }];
  }

  // At most one mark for each few pixels; closer up all of them appear.
  thinned(rows, instants, range, width) {
    if (rows.length <= MarketChart.marksMax) return rows;
    const [from, until] = range || this.chart.span;
    const taken = new Set();
    return rows.filter((row) => {
      const place = Math.floor(((instants[row] - from) / (until - from)) * (width / 2));
      if (taken.has(place)) return false;
      taken.add(place);
      return true;
    });
  }

  told(row) {
    const { trades } = this.data;
    const end = trades.exited_at[row]
      ? `out ${written.moment(trades.exited_at[row])} at ${written.price(trades.exit_price[row])}, ${trades.exit_reason[row]}`
      : "still open";
    const lines = [
      `${trades.strategy[row]}: ${trades.side[row]} ${written.number(trades.quantity[row])}`,
      `in ${written.moment(trades.entered_at[row])} at ${written.price(trades.entry_price[row])}`,
      end,
      `net ${written.gain(trades.net_pnl[row])}`,
    ];
    return lines.map(escaped).join("<br>");
  }

  liquidations() {
    const found = this.data.drawings.liquidations[this.symbol];
    if (!found) return null;
    return {
      type: "scatter", mode: "markers", name: "Liquidation", x: found.at, y: found.price,
      marker: { symbol: "x", size: 12, color: theme.color("danger"), line: { color: theme.color("card"), width: 1 } },
      hovertemplate: "liquidated at %{y:,.6~g}<extra></extra>",
    };
  }
}
