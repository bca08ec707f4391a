"use strict";

// Light and dark: what the system prefers, until the reader chooses. Charts ask for the colors and follow.
const theme = {
  followers: [],

  get isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  },

  color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  },

  // The same color, light enough to lie behind lines.
  wash(name) {
    return `${this.color(name)}99`;
  },

  // Storage may be closed to pages that were opened from disk; the choice then lasts as long as the page.
  remembered() {
    try { return window.localStorage.getItem("autotrading-theme"); } catch { return null; }
  },

  remember(name) {
    try { window.localStorage.setItem("autotrading-theme", name); } catch { /* lasts as long as the page */ }
  },

  choose(name) {
    document.documentElement.dataset.theme = name;
    this.remember(name);
    this.changed();
  },

  changed() {
    const button = document.getElementById("theme");
    if (button) button.textContent = this.isDark ? "Light" : "Dark";
    for (const follow of this.followers) follow();
  },

  start() {
    const before = this.remembered();
    if (before === "dark" || before === "light") document.documentElement.dataset.theme = before;
    document.getElementById("theme").addEventListener("click", () => this.choose(this.isDark ? "light" : "dark"));
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.changed());
    this.changed();
  },
};
