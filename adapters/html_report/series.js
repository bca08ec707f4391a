"use strict";

// Columns as they were packed, and fewer points of them for a screen, extremes kept.
const series = {
  bytes(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let place = 0; place < raw.length; place += 1) bytes[place] = raw.charCodeAt(place);
    return bytes;
  },

  numbers(packed) {
    const bytes = this.bytes(packed.bytes);
    const view = new DataView(bytes.buffer);
    const size = packed.form === "f8" ? 8 : 4;
    const values = new Float64Array(bytes.length / size);
    for (let row = 0; row < values.length; row += 1) {
      values[row] = size === 8 ? view.getFloat64(row * 8, true) : view.getFloat32(row * 4, true);
    }
    return values;
  },

  instants(packed) {
    const bytes = this.bytes(packed.bytes);
    const view = new DataView(bytes.buffer);
    const at = new Float64Array(bytes.length / 4);
    for (let row = 0; row < at.length; row += 1) at[row] = packed.start + view.getInt32(row * 4, true) * 1000;
    return at;
  },

  // First row at or after an instant.
  firstFrom(at, instant) {
    let low = 0;
    let high = at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle] < instant) low = middle + 1; else high = middle;
    }
    return low;
  },

  // Rows that are in sight, one more on each side so that lines run to the edge.
  inSight(at, range) {
    if (!range) return [0, at.length];
    return [Math.max(0, this.firstFrom(at, range[0]) - 1), Math.min(at.length, this.firstFrom(at, range[1]) + 1)];
  },

  // Rows to draw of a column: of each bucket of a pixel or so the lowest and the highest.
  reduced(values, [start, stop], nBuckets) {
    const rows = [];
    if (stop - start <= 2 * nBuckets) {
      for (let row = start; row < stop; row += 1) rows.push(row);
      return rows;
    }
    rows.push(start);
    for (let bucket = 0; bucket < nBuckets; bucket += 1) {
      const from = start + Math.floor(((stop - start) * bucket) / nBuckets);
      const until = start + Math.floor(((stop - start) * (bucket + 1)) / nBuckets);
      let lowest = from;
      let highest = from;
      for (let row = from + 1; row < until; row += 1) {
        if (values[row] < values[lowest]) lowest = row;
        if (values[row] > values[highest]) highest = row;
      }
      for (const row of lowest <= highest ? [lowest, highest] : [highest, lowest]) {
        if (row > rows[rows.length - 1]) rows.push(row);
      }
    }
    if (rows[rows.length - 1] !== stop - 1) rows.push(stop - 1);
    return rows;
  },

  // Falls from the highest value so far, as fractions, zero or below.
  falls(values, start) {
    const falls = new Float64Array(values.length);
    let high = start;
    for (let row = 0; row < values.length; row += 1) {
      if (values[row] > high) high = values[row];
      falls[row] = values[row] / high - 1;
    }
    return falls;
  },

  pick(values, rows, scale = 1) {
    return rows.map((row) => values[row] * scale);
  },
};
