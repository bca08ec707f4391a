"use strict";

// The signals: filtered in the browser, the latest first. Only the rows in sight are in the page.
class SignalsTable {
  static rowHeight = 33;
  static spare = 12;
  static columns = [
    { key: "at", title: "When (UTC)", show: (text) => written.moment(text) },
    { key: "symbol", title: "Instrument" },
    { key: "strategy", title: "Strategy" },
    { key: "action", title: "Says" },
    { key: "outcome", title: "Came to" },
    { key: "reason", title: "Reason", isLong: true },
    { key: "why", title: "Size or refusal", isLong: true },
    { key: "scenario", title: "Scenario", show: (text) => text || "—" },
    { key: "weight", title: "Of account", number: true, show: (text) => (text ? written.percent(Number(text)) : "—") },
    { key: "strength", title: "Strength", number: true },
    { key: "confidence", title: "Confidence", number: true },
    { key: "quantity", title: "Target", number: true, show: (text) => (text ? written.number(text) : "—") },
  ];

  constructor(signals, onPicked) {
    this.signals = signals;
    this.onPicked = onPicked;
    this.count = signals.at.length;
    const searched = ["symbol", "strategy", "action", "outcome", "reason", "why", "scenario"];
    this.texts = Array.from({ length: this.count }, (_, row) => (
      [written.moment(signals.at[row]), ...searched.map((key) => signals[key][row])].join(" ").toLowerCase()));
    this.build();
    this.update();
  }

  build() {
    this.box = document.getElementById("signals-table");
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const column of SignalsTable.columns) {
      const cell = document.createElement("th");
      cell.className = column.number ? "plain number" : "plain";
      cell.textContent = column.title;
      head.append(cell);
    }
    this.body = table.createTBody();
    this.box.append(table);
    for (const name of ["text", "symbol", "strategy", "action", "outcome"]) {
      document.getElementById(`signal-${name}`).addEventListener("input", () => this.update());
    }
    this.box.addEventListener("scroll", () => requestAnimationFrame(() => this.showRows()));
    this.body.addEventListener("click", (event) => this.pick(event.target.closest("tr[data-trade]")));
  }

  pick(line) {
    if (line) this.onPicked(Number(line.dataset.trade));
  }

  wanted(name) {
    return document.getElementById(`signal-${name}`).value.trim();
  }

  update() {
    const words = this.wanted("text").toLowerCase().split(/\s+/).filter(Boolean);
    const exact = ["symbol", "strategy", "action", "outcome"].map((key) => [this.signals[key], this.wanted(key)]);
    this.rows = [];
    for (let row = this.count - 1; row >= 0; row -= 1) {
      const fits = exact.every(([values, value]) => !value || values[row] === value)
        && words.every((word) => this.texts[row].includes(word));
      if (fits) this.rows.push(row);
    }
    const all = this.rows.length === this.count ? "" : ` of ${this.count.toLocaleString("en-US")}`;
    document.getElementById("signals-summary").textContent = `${this.rows.length.toLocaleString("en-US")}${all} listed, the latest first.`;
    this.box.scrollTop = 0;
    this.showRows();
  }

  showRows() {
    const { rowHeight: height, spare } = SignalsTable;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - spare);
    const last = Math.min(this.rows.length, first + Math.ceil(this.box.clientHeight / height) + 2 * spare);
    const lines = this.rows.slice(first, last).map((row) => this.line(row));
    const gaps = [first, this.rows.length - last].map((number) => (number > 0 ? this.gap(number * height) : null));
    this.body.replaceChildren(...[gaps[0], ...lines, gaps[1]].filter(Boolean));
    if (!this.rows.length) this.body.insertRow().insertCell().textContent = "No signal fits.";
  }

  gap(height) {
    const line = document.createElement("tr");
    line.className = "gap";
    line.style.height = `${height}px`;
    line.insertCell().colSpan = SignalsTable.columns.length;
    return line;
  }

  line(row) {
    const line = document.createElement("tr");
    const trade = this.signals.trade[row];
    if (trade !== null) {
      line.dataset.row = String(row);
      line.dataset.trade = String(trade);
    }
    for (const column of SignalsTable.columns) {
      const cell = line.insertCell();
      const text = this.signals[column.key][row];
      cell.textContent = column.show ? column.show(text) : text;
      cell.className = column.number ? "number" : column.isLong ? "long" : "";
      if (column.isLong) cell.title = text;
    }
    return line;
  }
}
