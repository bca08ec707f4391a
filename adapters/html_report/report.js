"use strict";

// Draws what the page has a place for.
function startReport() {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const { drawings, unit } = data;
  const has = (identifier) => document.getElementById(identifier) !== null;
  let market = null;
  theme.start();
  markChapter();
  if (has("signals-table")) new SignalsTable(data.signals, (row) => market && market.showTrade(row));
  if (has("trades-table")) new TradesTable(data, (row) => market && market.showTrade(row));
  const drawn = {
    timeline: () => drawTimeline(drawings.curve, unit),
    "market-chart": () => { market = new MarketChart(data); },
    scenarios: () => new ScenarioChart(data),
    waterfall: () => drawWaterfall(drawings.waterfall, unit),
    daily: () => drawClasses("daily", drawings.daily, "Return of a UTC day", "days"),
    results: () => drawClasses("results", drawings.results, "Net result over notional at entry", "trades"),
    multiples: () => drawClasses("multiples", drawings.multiples, "Net result over initial risk", "trades", { scale: 1, unit: " R" }),
    ladder: () => drawLadder(drawings.curve, data.risk),
    bindings: () => drawBindings(data.risk.bindings),
    var: () => drawForecasts(data.risk.forecasts, unit),
    adverse: () => drawMoments("adverse", data, "Worst moment, from the entry price"),
    favorable: () => drawMoments("favorable", data, "Best moment, from the entry price"),
  };
  drawOneByOne(Object.keys(drawn).filter(has).map((identifier) => drawn[identifier]));
}

// Between two charts the page answers to the reader.
function drawOneByOne(waiting) {
  if (!waiting.length) {
    document.documentElement.dataset.drawn = "all";
    return;
  }
  const [draw, ...rest] = waiting;
  draw();
  setTimeout(() => drawOneByOne(rest), 0);
}

function drawMoments(identifier, data, title) {
  const rows = Array.from({ length: data.n_closed }, (_, row) => row);
  const { trades } = data;
  const moved = rows.map((row) => (trades[identifier][row] === "" ? NaN : Number(trades[identifier][row])));
  const results = rows.map((row) => Number(trades.net_pnl[row]) / (Number(trades.quantity[row]) * Number(trades.entry_price[row])));
  const labels = rows.map((row) => `${trades.symbol[row]}, ${trades.side[row]}, ${written.moment(trades.entered_at[row])}`);
  drawExcursions(identifier, moved, results, labels, title);
}

// Marks in the bar at the top which chapter is being read.
function markChapter() {
  const links = [...document.querySelectorAll("nav a")];
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const link = links.find((each) => each.hash === `#${entry.target.id}`);
      if (link && entry.isIntersecting) {
        for (const each of links) each.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
      }
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main > section")) seen.observe(section);
}

startReport();
