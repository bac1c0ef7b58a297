// Amounts, tokens, times and shares in words. What nobody knows is "unknown", never nothing.

export const PICO = 1e12;
export const UNKNOWN = "unknown";
const NARROW = "\u202f";

const grouped = (value, places) => value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
const missing = (value) => value === null || value === undefined;

/** Dollars of pico-dollars with so many digits after the point; without that as many as it takes to say something. */
export function money(pico, places) {
  if (missing(pico)) return UNKNOWN;
  const value = pico / PICO, size = Math.abs(value);
  const digits = places ?? (size === 0 || size >= 1 ? 2 : size >= 0.01 ? 4 : 6);
  const sign = value < 0 ? "\u2212" : "";
  if (size > 0 && size < 0.5 / 10 ** digits) return `${sign}<$${(1 / 10 ** digits).toFixed(digits)}`;
  return `${sign}$${grouped(size, digits)}`;
}

/** Dollars in few characters, for axes: $1.2k. */
export function shortMoney(value) {
  const size = Math.abs(value), sign = value < 0 ? "\u2212" : "";
  if (size === 0) return "$0";
  if (size >= 1e6) return `${sign}$${trimmed(size / 1e6)}M`;
  if (size >= 1e3) return `${sign}$${trimmed(size / 1e3)}k`;
  if (size >= 0.01) return `${sign}$${trimmed(size)}`;
  return `${sign}$${String(Number(size.toPrecision(2)))}`;
}
const trimmed = (value) => String(Number(value.toFixed(2)));

/** A whole number, three digits at a time. */
export const count = (value) => (missing(value) ? UNKNOWN : Math.round(value).toLocaleString("en-GB"));

/** A number and what is counted: 1 request, 2 requests. */
export const counted = (value, what, many) => `${count(value)} ${value === 1 ? what : many ?? `${what}s`}`;

/** Tokens in few characters: 950, 12.3k, 1.2M. */
export function tokens(value) {
  if (missing(value)) return UNKNOWN;
  if (value < 1000) return String(value);
  if (value < 999_500) return `${(value / 1e3).toFixed(value < 99_950 ? 1 : 0)}k`;
  return value < 1e9 ? `${(value / 1e6).toFixed(value < 99_950_000 ? 1 : 0)}M` : `${(value / 1e9).toFixed(2)}G`;
}

/** The same for axes, without digits that say nothing: 50k. */
export const shortTokens = (value) => tokens(value).replace(/\.0+(?=[kMG])/, "");

/** A number with a proper minus, which nothing has. */
function signed(value, places) {
  const text = value.toFixed(places);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

/** A share in per cent. */
export function share(part, whole = 1, places = 1) {
  if (missing(part) || missing(whole) || whole === 0) return UNKNOWN;
  return `${signed(100 * part / whole, places)}${NARROW}%`;
}

/** Points of a hundred. */
export const points = (value) => (missing(value) ? UNKNOWN : signed(100 * value, 1));

/** A while, of milliseconds. */
export function span(ms) {
  if (missing(ms)) return UNKNOWN;
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round(ms % 60_000 / 1000)} s`;
  return ms < 172_800_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${Math.round(ms / 86_400_000)} days`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const DAY_UTC = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const HOUR_UTC = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

export const dayUtc = (at) => DAY_UTC.format(at);
export const hourUtc = (at) => HOUR_UTC.format(at);
export const date = (at) => YEAR.format(at);

/** A moment as the person's own clock has it: the time today, else with the day. */
export function moment(at) {
  if (missing(at) || at === 0) return UNKNOWN;
  const when = new Date(at), now = new Date();
  if (when.toDateString() === now.toDateString()) return CLOCK.format(when);
  return `${(when.getFullYear() === now.getFullYear() ? DATE : YEAR).format(when)} ${CLOCK.format(when).slice(0, 5)}`;
}

/** How long ago, roughly. */
export function ago(at, now = Date.now()) {
  const ms = now - at;
  if (ms < 60_000) return "just now";
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ago`;
  return `${Math.floor(ms / 86_400_000)} d ago`;
}

/** A name, or that there is none. */
export const named = (text, none = "none") => text || none;
