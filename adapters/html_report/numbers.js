"use strict";

// Decimal text is added up as whole numbers of its smallest digit, so that a sum shown is the exact one.
const decimals = {
  parse(text) {
    const negative = text.startsWith("-");
    const [whole, fraction = ""] = (negative ? text.slice(1) : text).split(".");
    const digits = BigInt(whole + fraction);
    return { digits: negative ? -digits : digits, places: fraction.length };
  },

  sum(texts) {
    const parts = texts.map((text) => this.parse(text));
    const places = parts.reduce((most, part) => Math.max(most, part.places), 0);
    const digits = parts.reduce((total, part) => total + part.digits * 10n ** BigInt(places - part.places), 0n);
    return this.write(digits, places);
  },

  write(digits, places) {
    const negative = digits < 0n;
    const text = (negative ? -digits : digits).toString().padStart(places + 1, "0");
    const whole = text.slice(0, text.length - places);
    const fraction = places ? text.slice(text.length - places).replace(/0+$/, "") : "";
    const plain = fraction ? `${whole}.${fraction}` : whole;
    return negative && plain !== "0" ? `-${plain}` : plain;
  },
};

const written = {
  money(value) {
    return this.minus(Number(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
  },

  gain(value) {
    const text = this.money(value);
    return /[1-9]/.test(text) && !text.startsWith("−") ? `+${text}` : text;
  },

  short(value) {
    return this.minus(Number(value).toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3, signDisplay: "exceptZero" }));
  },

  number(value, digits = 6) {
    return this.minus(Number(value).toLocaleString("en-US", { maximumSignificantDigits: digits }));
  },

  price(value) {
    const size = Math.abs(Number(value));
    const places = size > 0 ? Math.max(0, Math.min(8, 5 - Math.floor(Math.log10(size)))) : 2;
    return this.minus(Number(value).toLocaleString("en-US", { maximumFractionDigits: places }));
  },

  percent(fraction, places = 1) {
    const text = (fraction * 100).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
    return `${this.minus(/[1-9]/.test(text) ? text : text.replace("-", ""))}%`;
  },

  moment(isoText) {
    return isoText ? isoText.slice(0, 16).replace("T", " ") : "—";
  },

  minus(text) {
    return text.replace("-", "−");
  },

  held(milliseconds) {
    const hours = milliseconds / 3_600_000;
    if (hours >= 48) return `${(hours / 24).toFixed(1)} d`;
    return hours >= 1 ? `${hours.toFixed(1)} h` : `${Math.round(hours * 60)} min`;
  },
};

// The chart library takes some markup in its texts, and a percent sign for a place to fill; names must be neither.
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("%", "&#37;");
}
