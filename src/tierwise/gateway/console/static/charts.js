// Pictures, drawn by hand at the size they are shown in, so that text in them is never scaled. Every one can be read by keyboard:
// the arrow keys walk over its points and say each of them; and beside every picture stands a table with the same numbers.
import { h, s, put, tell } from "./dom.js";

const FEW = 2;
const WIDEST = 56;

/** Round numbers from nothing to at least `most`: steps of 1, 2 or 5 times a power of ten. */
export function ticks(most, wanted = 4) {
  if (!(most > 0)) return [0, 1];
  const rough = most / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999);
  const found = [];
  for (let at = 0; at < most + step * 0.999; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

/** Powers of ten, and 2 and 5 times them where there is room, around a range. */
export function decades(low, high) {
  const found = [], first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  for (let power = first; power <= last; power += 1) {
    for (const factor of last - first > FEW ? [1] : [1, 2, 5]) found.push(factor * 10 ** power);
  }
  const within = found.filter((one) => one >= low * 0.7 && one <= high * 1.4);
  return within.length >= FEW ? within : found;
}

/** A place that draws itself anew when its width changes. `draw(width)` gives an SVG element and, by `points`, what can be walked over. */
export function picture(label, height, draw) {
  const tip = h("div", { class: "tip", hidden: true });
  const place = h("div", { class: "picture", role: "group", "aria-label": label }, tip);
  place.style.minHeight = `${height}px`;
  let last = 0;
  const again = () => {
    const width = Math.floor(place.clientWidth);
    if (!width || width === last) return;
    last = width;
    const { svg, points } = draw(width);
    put(place, svg, tip);
    tip.hidden = true;
    if (points?.length) walkable(svg, points, tip, place);
  };
  const watch = new ResizeObserver(() => (place.isConnected ? again() : watch.disconnect()));
  watch.observe(place);
  return place;
}

/** Points are {x, y, says: [[name, value]], title}; the nearest one shows itself under the pointer, or by the arrow keys. */
function walkable(svg, points, tip, place) {
  const mark = s("line", { class: "mark", y1: 0, y2: svg.getAttribute("height"), visibility: "hidden" });
  svg.append(mark);
  let now = -1;
  const show = (at, aloud) => {
    now = Math.max(0, Math.min(points.length - 1, at));
    const one = points[now];
    if (one.free) mark.setAttribute("visibility", "hidden");
    else for (const [name, value] of Object.entries({ x1: one.x, x2: one.x, visibility: "visible" })) mark.setAttribute(name, value);
    put(tip, h("strong", {}, one.title), h("dl", {}, one.says.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
    tip.hidden = false;
    const width = place.clientWidth, wide = tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(width - wide, one.x + (one.x > width / 2 ? -wide - 12 : 12)))}px`;
    tip.style.top = `${Math.max(0, Math.min((one.y ?? 12) - 12, place.clientHeight - tip.offsetHeight))}px`;
    if (aloud) tell(`${one.title}: ${one.says.map(([name, value]) => `${name} ${value}`).join(", ")}`);
  };
  const hide = () => { tip.hidden = true; mark.setAttribute("visibility", "hidden"); };
  svg.setAttribute("tabindex", "0");
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const far = (one) => Math.hypot(one.x - x, one.free ? one.y - y : 0);
    show(points.reduce((best, one, at) => (far(one) < far(points[best]) ? at : best), 0), false);
  });
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("blur", hide);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -points.length, End: points.length }[event.key];
    if (event.key === "Escape") hide();
    if (step === undefined) return;
    event.preventDefault();
    show(now < 0 && step > 0 ? 0 : now + step, true);
  });
}

/** A canvas with a grid: scales from values to pixels, and the SVG they draw on. */
function canvas(label, width, height, { most, says, left = 56, right = 8, top = 10, bottom = 24 }) {
  const marks = ticks(most), high = marks[marks.length - 1];
  const y = (value) => top + (height - top - bottom) * (1 - value / high);
  const svg = s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${label}. The arrow keys walk over it.` });
  for (const one of marks) {
    svg.append(s("line", { class: one ? "grid" : "axis", x1: left, x2: width - right, y1: y(one), y2: y(one) }));
    svg.append(s("text", { class: "tick end", x: left - 8, y: y(one) + 4 }, says(one)));
  }
  return { svg, y, left, right, top, bottom, inner: width - left - right, base: y(0) };
}

/**
 * Columns over time or over turns. `stacks(one)` are the parts of a column from below, [[class, value]]; `line(one)` is the height of a
 * stepped line over it, where there is one. `says(one)` is what is told of it, `named(one)` its title, `mark(one)` whether it is set apart.
 */
export function columns(label, height, rows, { stacks, line, says, named, tick, axis, mark }) {
  return picture(label, height, (width) => {
    const total = (one) => stacks(one).reduce((sum, [, value]) => sum + (value ?? 0), 0);
    const most = Math.max(...rows.map((one) => Math.max(total(one), line?.(one) ?? 0)), 0);
    const { svg, y, left, inner, base } = canvas(label, width, height, { most, says: axis, bottom: mark ? 34 : 24 });
    const slot = inner / rows.length, gap = slot > WIDEST ? slot - WIDEST : slot > 6 ? Math.min(slot * 0.22, 6) : slot > 2 ? 1 : 0;
    const points = rows.map((one, at) => {
      const x = left + at * slot;
      let from = 0;
      for (const [name, value] of stacks(one)) {
        if (value > 0) svg.append(s("rect", { class: name, x: x + gap / 2, width: Math.max(slot - gap, 0.5), y: y(from + value), height: Math.max(y(from) - y(from + value), 0.5) }));
        from += value ?? 0;
      }
      if (mark?.(one)) svg.append(s("path", { class: "flag", d: `M${x + slot / 2} ${base + 3}l4 6h-8z` }));
      return { x: x + slot / 2, y: y(Math.max(from, line?.(one) ?? 0)), title: named(one), says: says(one) };
    });
    if (line) svg.append(s("path", { class: "over", d: stepped(rows.map(line), (at) => left + at * slot, y) }));
    labels(svg, rows, tick, { left, slot, y: height - 6, inner, width });
    return { svg, points };
  });
}

function stepped(values, x, y) {
  let path = "", open = false;
  values.forEach((value, at) => {
    if (value === null || value === undefined) { open = false; return; }
    path += open ? `V${y(value)}H${x(at + 1)}` : `M${x(at)} ${y(value)}H${x(at + 1)}`;
    open = true;
  });
  return path;
}

/** As many labels under columns as there is room for. */
function labels(svg, rows, tick, { left, slot, y, inner, width }) {
  const room = Math.max(1, Math.floor(inner / 72)), every = Math.max(1, Math.ceil(rows.length / room));
  for (let at = Math.floor(((rows.length - 1) % every) / 2); at < rows.length; at += every) {
    const x = left + (at + 0.5) * slot;
    if (x > left + 8 && x < width - 20) svg.append(s("text", { class: "tick middle", x, y }, tick(rows[at], at)));
  }
}

/** Points over a logarithmic scale of dollars: {x, y, low, high, name, kind, on, to, says}; those `on` the frontier are joined and named. */
export function scatter(label, height, dots, { across, down, sayX }) {
  return picture(label, height, (width) => {
    const left = 44, right = 16, top = 28, bottom = 40;
    const xs = dots.map((one) => one.x), low = Math.min(...xs), high = Math.max(...xs);
    const marks = decades(low, high), from = Math.log10(Math.min(low, marks[0]) * 0.9), to = Math.log10(Math.max(high, marks.at(-1)) * 1.1);
    const bottomY = Math.floor((Math.min(...dots.map((one) => one.y)) - 1) / 5) * 5, topY = Math.ceil((Math.max(...dots.map((one) => one.y)) + 1) / 5) * 5;
    const x = (value) => left + (width - left - right) * (Math.log10(value) - from) / (to - from);
    const y = (value) => top + (height - top - bottom) * (topY - value) / (topY - bottomY);
    const svg = s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${label}. The arrow keys walk over it.` });
    const stepY = topY - bottomY > 30 ? 10 : 5;
    for (let one = Math.ceil(bottomY / stepY) * stepY; one <= topY; one += stepY) {
      svg.append(s("line", { class: "grid", x1: left, x2: width - right, y1: y(one), y2: y(one) }), s("text", { class: "tick end", x: left - 8, y: y(one) + 4 }, String(one)));
    }
    let free = -Infinity;
    for (const one of marks) {
      svg.append(s("line", { class: "grid", x1: x(one), x2: x(one), y1: top, y2: height - bottom }));
      if (x(one) - free < 44) continue;
      free = x(one);
      svg.append(s("text", { class: "tick middle", x: x(one), y: height - bottom + 16 }, sayX(one)));
    }
    svg.append(s("text", { class: "tick", x: left, y: height - 5 }, across), s("text", { class: "tick", x: 4, y: 12 }, down));
    const edge = dots.filter((one) => one.on).sort((a, b) => a.x - b.x);
    svg.append(s("path", { class: "edge", d: edge.map((one, at) => (at ? `H${x(one.x)}V${y(one.y)}` : `M${x(one.x)} ${y(one.y)}`)).join("") }));
    const ordered = [...dots].sort((a, b) => Number(a.on) - Number(b.on) || a.x - b.x);
    for (const one of ordered) {
      if (one.low !== null && one.on) svg.append(s("line", { class: "spread", x1: x(one.x), x2: x(one.x), y1: y(100 * one.low), y2: y(100 * one.high) }));
      svg.append(s("circle", { class: `dot ${one.kind}${one.on ? " on" : ""}`, cx: x(one.x), cy: y(one.y), r: one.on ? 5.5 : 4 }));
    }
    const taken = dots.map((one) => [x(one.x) - 6, y(one.y) - 6, 12, 12]);
    for (const one of [...edge].sort((a, b) => b.y - a.y)) named(svg, one, { px: x(one.x), py: y(one.y), width, height: height - bottom, taken });
    return { svg, points: [...dots].sort((a, b) => a.x - b.x).map((one) => ({ x: x(one.x), y: y(one.y), free: true, title: one.name, says: one.says })) };
  });
}

/** How long a text is, in pixels, though it is not in the page yet. */
function measured(text) {
  const place = s("svg", { width: 0, height: 0, "aria-hidden": "true" }, text.cloneNode(true));
  document.body.append(place);
  const long = place.firstChild.getComputedTextLength();
  place.remove();
  return long;
}

/** The name of a point, where it covers nothing; left out where there is no such place. */
function named(svg, one, { px, py, width, height, taken }) {
  const text = s("text", { class: "name" }, one.name);
  svg.append(text);
  const long = measured(text), spots = [[px - long - 9, py - 7], [px + 9, py - 7], [px - long / 2, py - 24], [px - long / 2, py + 9]];
  const clear = ([left, top]) => left > 46 && left + long < width - 4 && top > 0 && top + 15 < height
    && taken.every(([x, y, w, t]) => left + long < x || x + w < left || top + 15 < y || y + t < top);
  const spot = spots.find(clear);
  if (!spot) {
    text.remove();
    return;
  }
  taken.push([spot[0], spot[1], long, 15]);
  text.setAttribute("x", spot[0]);
  text.setAttribute("y", spot[1] + 11);
}

/** A price over time as stepped lines: series are [{name, kind, spans: [{since, until, value}]}]. */
export function steps(label, height, series, { from, to, axis, tick, says }) {
  return picture(label, height, (width) => {
    const all = series.flatMap((one) => one.spans.map((span) => span.value ?? 0));
    const { svg, y, left, inner } = canvas(label, width, height, { most: Math.max(...all, 0), says: axis });
    const x = (at) => left + inner * (Math.max(from, Math.min(to, at)) - from) / (to - from);
    for (const one of series) {
      let path = "", open = false;
      for (const span of one.spans) {
        if (span.value === null) { open = false; continue; }
        path += `${open ? `V${y(span.value)}` : `M${x(span.since)} ${y(span.value)}`}H${x(span.until)}`;
        open = true;
      }
      svg.append(s("path", { class: `series ${one.kind}`, d: path }));
    }
    const room = Math.max(2, Math.floor(inner / 90));
    for (let at = 0; at < room; at += 1) {
      const when = from + (to - from) * (at + 0.5) / room;
      svg.append(s("text", { class: "tick middle", x: x(when), y: height - 6 }, tick(when)));
    }
    const edges = [...new Set(series.flatMap((one) => one.spans.map((span) => Math.max(from, span.since))))].sort((a, b) => a - b);
    const at = (one, when) => one.spans.find((span) => span.since <= when && when < span.until)?.value ?? null;
    const points = edges.map((when) => ({ x: x(when), y: 20, title: tick(when), says: series.map((one) => [one.name, says(at(one, when))]) }));
    return { svg, points };
  });
}

/** What the colours of a picture stand for. */
export const key = (pairs) => h("ul", { class: "key" }, pairs.map(([name, text]) => h("li", {}, h("i", { class: name, "aria-hidden": "true" }), text)));

/** A bar in a table's cell: a share of the longest. */
export function bar(part, whole, name = "") {
  const inner = h("i", { class: name });
  inner.style.width = `${whole > 0 ? Math.max(0, Math.min(100, 100 * part / whole)) : 0}%`;
  return h("span", { class: "bar", "aria-hidden": "true" }, inner);
}
