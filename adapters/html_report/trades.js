"use strict";

// The trades: sorted, filtered and saved in the browser. Only the rows in sight are in the page, so that thousands
// of them stay quick.
class TradesTable {
  static rowHeight = 33;
  static spare = 12;

  static columns = [
    { key: "entered_at", title: "Entered", sort: "time", show: (text) => written.moment(text) },
    { key: "held", title: "Held", sort: "number", number: true },
    { key: "symbol", title: "Instrument", sort: "text" },
    { key: "strategy", title: "Strategy", sort: "text" },
    { key: "side", title: "Side", sort: "text" },
    { key: "quantity", title: "Quantity", sort: "number", number: true, show: (text) => written.number(text) },
    { key: "entry_price", title: "Entry", sort: "number", number: true, show: (text) => written.price(text) },
    { key: "exit_price", title: "Exit", sort: "number", number: true, show: (text) => (text ? written.price(text) : "—") },
    { key: "net_pnl", title: "Net", sort: "number", number: true, colored: true, show: (text) => written.gain(text) },
    { key: "r_multiple", title: "R", sort: "number", number: true, show: (text) => (text ? written.minus(Number(text).toFixed(2)) : "—") },
    { key: "exit_reason", title: "Ended by", sort: "text", show: (text) => (text || "open").replaceAll("_", " ") },
    { key: "gross_pnl", title: "Price PnL", sort: "number", number: true, show: (text) => written.gain(text) },
    { key: "fees", title: "Fees", sort: "number", number: true, show: (text) => written.money(text) },
    { key: "funding", title: "Funding", sort: "number", number: true, show: (text) => written.gain(text) },
    { key: "slippage", title: "Slippage", sort: "number", number: true, show: (text) => written.money(text) },
    { key: "initial_risk", title: "Risk", sort: "number", number: true, show: (text) => (text ? written.money(text) : "—") },
    { key: "adverse", title: "Worst", sort: "number", number: true, show: (text) => (text ? written.percent(Number(text)) : "—") },
    { key: "favorable", title: "Best", sort: "number", number: true, show: (text) => (text ? written.percent(Number(text)) : "—") },
    { key: "exited_at", title: "Exited", sort: "time", show: (text) => written.moment(text) },
    { key: "rungs_taken", title: "Rungs", sort: "number", number: true, show: (text) => text || "—" },
  ];

  constructor(data, onPicked) {
    this.trades = data.trades;
    this.instants = data.instants;
    this.run = data.run;
    this.unit = data.unit;
    this.onPicked = onPicked;
    this.count = this.trades.symbol.length;
    this.trades.held = this.instants.entered.map((from, row) => TradesTable.heldFor(from, this.instants.exited[row]));
    this.texts = Array.from({ length: this.count }, (_, row) => this.searchable(row));
    this.sorting = { key: "entered_at", isDown: true };
    this.build();
    this.listen();
    this.update();
  }

  static heldFor(from, until) {
    return until === null ? "" : String(until - from);
  }

  searchable(row) {
    const { strategy, symbol, side, entered_at: entered, exited_at: exited, exit_reason: reason } = this.trades;
    return [strategy[row], symbol[row], side[row], written.moment(entered[row]), written.moment(exited[row]), reason[row] || "open"]
      .join(" ").toLowerCase();
  }

  build() {
    this.box = document.getElementById("trades-table");
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const column of TradesTable.columns) head.append(this.headCell(column));
    this.body = table.createTBody();
    this.box.append(table);
    this.head = head;
  }

  headCell(column) {
    const cell = document.createElement("th");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.title;
    button.addEventListener("click", () => this.sortBy(column));
    cell.append(button);
    cell.dataset.key = column.key;
    if (column.number) cell.className = "number";
    return cell;
  }

  listen() {
    for (const name of ["text", "symbol", "strategy", "side", "result"]) {
      document.getElementById(`filter-${name}`).addEventListener("input", () => this.update());
    }
    document.getElementById("export").addEventListener("click", () => this.save());
    this.box.addEventListener("scroll", () => this.requestRows());
    window.addEventListener("resize", () => this.requestRows());
    this.body.addEventListener("click", (event) => {
      const line = event.target.closest("tr[data-row]");
      if (line) this.onPicked(Number(line.dataset.row));
    });
  }

  sortBy(column) {
    const isSame = this.sorting.key === column.key;
    this.sorting = { key: column.key, isDown: isSame ? !this.sorting.isDown : column.sort !== "text" };
    this.update();
  }

  wanted(name) {
    return document.getElementById(`filter-${name}`).value.trim();
  }

  // Rows that pass every filter, sorted.
  chosen() {
    const words = this.wanted("text").toLowerCase().split(/\s+/).filter(Boolean);
    const exact = ["symbol", "strategy", "side"].map((key) => [this.trades[key], this.wanted(key)]);
    const result = this.wanted("result");
    const rows = [];
    for (let row = 0; row < this.count; row += 1) {
      const fits = exact.every(([values, value]) => !value || values[row] === value)
        && words.every((word) => this.texts[row].includes(word)) && this.endedAs(row, result);
      if (fits) rows.push(row);
    }
    return this.sorted(rows);
  }

  endedAs(row, result) {
    const isOpen = !this.trades.exited_at[row];
    switch (result) {
      case "wins": return !isOpen && Number(this.trades.net_pnl[row]) > 0;
      case "losses": return !isOpen && Number(this.trades.net_pnl[row]) < 0;
      case "open": return isOpen;
      case "stopped": return ["stop", "trailing_stop", "breakeven"].includes(this.trades.exit_reason[row]);
      case "liquidated": return this.trades.exit_reason[row] === "liquidation";
      default: return true;
    }
  }

  // What has no value stands at the end, whichever way it is sorted.
  sorted(rows) {
    const { key, isDown } = this.sorting;
    const values = this.trades[key];
    const isNumber = TradesTable.columns.find((column) => column.key === key).sort === "number";
    const sign = isDown ? -1 : 1;
    return rows.sort((one, other) => {
      const [left, right] = [values[one], values[other]];
      if (left === right) return one - other;
      if (left === "") return 1;
      if (right === "") return -1;
      const order = isNumber ? Number(left) - Number(right) : left < right ? -1 : 1;
      return order ? sign * order : one - other;
    });
  }

  update() {
    this.rows = this.chosen();
    for (const cell of this.head.children) {
      const isSorted = cell.dataset.key === this.sorting.key;
      cell.setAttribute("aria-sort", isSorted ? (this.sorting.isDown ? "descending" : "ascending") : "none");
    }
    this.tell();
    this.box.scrollTop = 0;
    this.showRows();
  }

  // How many trades are listed and what they came to, added up exactly.
  tell() {
    const all = this.rows.length === this.count ? "" : ` of ${this.count.toLocaleString("en-US")}`;
    const net = decimals.sum(this.rows.map((row) => this.trades.net_pnl[row]));
    const closed = this.rows.filter((row) => this.trades.exited_at[row]);
    const wins = closed.filter((row) => Number(this.trades.net_pnl[row]) > 0).length;
    const rate = closed.length ? `, ${written.percent(wins / closed.length)} of the closed ones won` : "";
    const noun = this.rows.length === 1 && !all ? "trade" : "trades";
    const line = document.getElementById("trades-summary");
    const nOpen = this.rows.length - closed.length;
    const open = nOpen ? `, ${nOpen.toLocaleString("en-US")} of them open and counted with what they have realized` : "";
    const amount = `${written.gain(net)} ${this.unit}`.trim();
    line.textContent = `${this.rows.length.toLocaleString("en-US")}${all} ${noun}, net ${amount}${rate}${open}.`;
    line.dataset.net = net;
  }

  requestRows() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => { this.isWaiting = false; this.showRows(); });
  }

  showRows() {
    const height = TradesTable.rowHeight;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - TradesTable.spare);
    const last = Math.min(this.rows.length, first + Math.ceil(this.box.clientHeight / height) + 2 * TradesTable.spare);
    const lines = [this.gap(first * height)];
    for (let place = first; place < last; place += 1) lines.push(this.line(this.rows[place]));
    lines.push(this.gap((this.rows.length - last) * height));
    this.body.replaceChildren(...lines.filter(Boolean));
    if (!this.rows.length) this.body.replaceChildren(this.nothing());
  }

  gap(height) {
    if (height <= 0) return null;
    const line = document.createElement("tr");
    line.className = "gap";
    line.style.height = `${height}px`;
    line.insertCell().colSpan = TradesTable.columns.length;
    return line;
  }

  nothing() {
    const line = document.createElement("tr");
    const cell = line.insertCell();
    cell.colSpan = TradesTable.columns.length;
    cell.textContent = "No trade fits.";
    return line;
  }

  line(row) {
    const line = document.createElement("tr");
    line.dataset.row = String(row);
    for (const column of TradesTable.columns) {
      const cell = line.insertCell();
      const text = this.trades[column.key][row];
      cell.textContent = this.shown(column, text);
      if (column.number) cell.className = column.colored ? `number ${TradesTable.tone(text)}` : "number";
      if (column.sort === "number" && column.key !== "held") cell.dataset.value = text;
    }
    return line;
  }

  shown(column, text) {
    if (column.key === "held") return text ? written.held(Number(text)) : "—";
    return column.show ? column.show(text) : text;
  }

  static tone(text) {
    const value = Number(text);
    return value > 0 ? "gain" : value < 0 ? "loss" : "even";
  }

  save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    link.download = `${this.run}-trades.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // The rows that are listed, in the order in which they are, every number in full.
  csv() {
    const names = Object.keys(this.trades).filter((name) => name !== "held");
    const lines = this.rows.map((row) => names.map((name) => TradesTable.field(this.trades[name][row], name)).join(","));
    return `${[names.join(","), ...lines].join("\r\n")}\r\n`;
  }

  // Spreadsheets run what begins like a formula; names are text and are marked as such.
  static field(text, name) {
    const isName = ["strategy", "symbol", "exit_reason"].includes(name);
    const safe = isName && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  }
}
