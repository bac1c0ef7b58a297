// Models: what can be chosen from, at which prices, how it stands, what is known of it, and what it has cost here.
import { key, scatter, steps } from "./charts.js";
import { choice, facts, h, panel, pick, put, scrolled, table } from "./dom.js";
import { query, read } from "./api.js";
import { away, lay, link, placed, prompt, sums, turn } from "./parts.js";
import * as say from "./say.js";

const MILLION = 1e6;
const KINDS = [["fresh", "Input"], ["read", "Cache read"], ["write_5m", "Cache write, 5 min"], ["write_1h", "Cache write, 1 h"], ["output", "Output"]];
const SERIES = [["output", "Output", "out"], ["fresh", "Input", "fresh"], ["write_5m", "Cache write, 5 min", "write"], ["read", "Cache read", "read"]];

export const show = (at, main) => (at.tail ? one(at, main) : list(at, main));

const known = (rates) => Array.isArray(rates);
/** Pico-dollars for a million tokens of a short prompt. */
const per = (rates, name) => (known(rates) ? rates[0][name] * MILLION / rates[0].per : null);
const price = (rates, name) => (known(rates) ? say.money(per(rates, name), 2) : h("span", { title: rates.because }, say.UNKNOWN));

const health = (row, now) => (row.down
  ? h("span", { class: "chip warned", title: row.down.because }, row.down.until > now ? `rests for ${say.span(row.down.until - now)}` : "rests")
  : h("span", { class: "chip good" }, "ready"));

async function list(at, main) {
  const given = at.given;
  const found = await read(`models${query({ kind: given.kind })}`, at.signal);
  const scores = new Map((found.dots ?? []).map((dot) => [dot.model, dot]));
  const used = new Map(found.endpoints.map((row) => [row.id, row.here?.cost ?? 0]));
  const rows = [...found.endpoints].sort((a, b) => used.get(b.id) - used.get(a.id) || (per(a.rates, "output") ?? Infinity) - (per(b.rates, "output") ?? Infinity));
  const score = (row) => scores.get(row.model);
  const go = (more) => turn("models", "", { ...given, ...more });
  lay(main, "Models", null, away(found),
    found.dots ? panel("What the money buys", frontier(found, given, go), [pick([["", "SWE-bench Verified"], ...found.kinds.map((kind) => [kind, `estimate: ${kind}`])], given.kind ?? "", { "aria-label": "Score", onchange: (event) => go({ kind: event.target.value }) })]) : null,
    panel("Endpoints", scrolled("Endpoints", table({
      caption: `What decisions choose from now. Prices: dollars for a million tokens, ${found.prices}. "Here" is the last 30 days.`, rows, link: (row) => link("models", row.id), columns: [
        { title: "Endpoint", kind: "cut", cell: (row) => placed(row.id) },
        { title: "Tier", wider: true, cell: (row) => row.tier },
        { title: "Input", unit: "$/M", number: true, cell: (row) => price(row.rates, "fresh") },
        { title: "Cache read", unit: "$/M", number: true, wide: true, cell: (row) => price(row.rates, "read") },
        { title: "Output", unit: "$/M", number: true, cell: (row) => price(row.rates, "output") },
        { title: "Window", unit: "tok", number: true, wider: true, cell: (row) => say.tokens(row.capability.context_window) },
        { title: "Score", unit: "%", number: true, wide: true, cell: (row) => (score(row) ? say.points(score(row).score) : say.UNKNOWN) },
        { title: "Measured", unit: "$/task", number: true, wide: true, hint: "as measured by the OpenHands index", cell: (row) => say.money(score(row)?.cost ?? null, 3) },
        { title: "Requests", unit: "here", number: true, wide: true, cell: (row) => say.count(row.here?.requests ?? 0) },
        { title: "Cost", unit: "$/request here", number: true, wide: true, cell: (row) => each(row.here) },
        { title: "Health", cell: (row) => health(row, found.now) },
      ] }))));
}

const each = (group) => { const priced = group ? group.requests - group.unpriced : 0; return priced ? say.money(group.cost / priced, 4) : "\u2013"; };

function frontier(found, given, go) {
  const measured = given.by === "task";
  const dots = found.dots.map((dot) => ({
    x: (measured ? dot.cost : dot.price) / say.PICO, y: 100 * dot.score, low: dot.low, high: dot.high, name: dot.model, kind: dot.tier, on: measured ? dot.by_cost : dot.by_price,
    says: [["Score", `${say.points(dot.score)}${say.share(0, 1, 0).slice(1)}`], ["Output", `${say.money(dot.price, 2)}/M`], ["Measured", dot.cost === null ? say.UNKNOWN : `${say.money(dot.cost, 3)}/task`], ["Tier", dot.tier]],
  })).filter((dot, index) => (measured ? found.dots[index].cost : found.dots[index].price) > 0);
  const what = given.kind ? `Estimate for ${given.kind} work, %` : "SWE-bench Verified, %";
  const label = `Score over ${measured ? "measured cost of a task" : "price of output"}`;
  const beside = h("div", { class: "filters" }, choice("Dollars by", [["", "List price"], ["task", "Measured cost"]], given.by ?? "", (by) => go({ by })), key([["flash", "flash"], ["mid", "mid"], ["premium", "premium"]]));
  const missing = found.dots.length - dots.length;
  return [beside, dots.length ? scatter(label, 380, dots, { across: measured ? "dollars for a task, as measured" : "dollars for a million output tokens", down: what, sayX: say.shortMoney })
    : h("p", { class: "muted" }, "No score is known at this date."),
  h("p", { class: "prose muted" }, "Filled: no other model scores as well for less. ", missing ? `${say.counted(missing, "model")} without a known ${measured ? "measured cost" : "price"} cannot be placed.` : "")];
}

async function one(at, main) {
  const found = await read(`models/${encodeURIComponent(at.tail)}`, at.signal);
  const can = found.capability, cache = found.physics, total = found.total, used = prompt(total.usage);
  const yes = (value) => (value === null || value === undefined ? say.UNKNOWN : value ? "yes" : "no");
  lay(main, found.id, health(found, found.now), away(found),
    facts([
      ["Model", found.model], ["Provider", found.provider], ["Vendor", found.vendor], ["Tier", found.tier],
      ["Window", `${say.tokens(can.context_window)} tokens, ${say.tokens(can.max_output)} of output at most`],
      ["Tools, images, JSON schema", [can.tools, can.images, can.json_schema].map(yes).join(", ")],
      ["Reasoning", can.reasoning ?? say.UNKNOWN],
      ["Cache", { marked: "where the client marks it", automatic: "automatic", none: "none", unknown: say.UNKNOWN }[cache.kind] ?? cache.kind],
      ["Region", found.region ?? say.UNKNOWN], ["Keeps prompts", yes(found.keeps_prompts)], ["Protocols", found.wires.join(", ")],
      ["Health", found.down ? `${found.down.because}, until ${say.moment(found.down.until)}` : found.streak === null ? "ready; not used since the gateway began" : `ready; ${say.counted(found.streak, "success", "successes")} in a row`],
      ["First content, 95th percentile", found.late === null ? say.UNKNOWN : say.span(found.late)],
    ]),
    panel("Prices now", rates(found.rates)),
    found.spans?.length ? panel("Prices over time", history(found)) : null,
    panel("Evidence", scrolled("Evidence", table({
      caption: "What was measured of the model, and where the number is from.", rows: [...found.evidence].sort((a, b) => b.date.localeCompare(a.date)), empty: "Nothing was measured: it cannot clear a floor.", columns: [
        { title: "Benchmark", cell: (row) => (row.kind ? `${row.benchmark} (${row.kind})` : row.benchmark) },
        { title: "Solved", unit: "%", number: true, cell: (row) => say.points(row.score) },
        { title: "Tasks", number: true, cell: (row) => say.count(row.n) },
        { title: "Cost", unit: "$/task", number: true, cell: (row) => say.money(row.cost, 3) },
        { title: "Date", cell: (row) => row.date },
        { title: "Source", kind: "words", wide: true, cell: (row) => sourced(row.source) },
      ] }))),
    panel("What is expected of it", quality(found)),
    panel("Here, the last 30 days", total.requests ? [facts([
      ["Requests", [h("a", { href: link("requests", "", { endpoint: found.id, span: "30d" }) }, say.count(total.requests)), total.faulty ? `, ${total.faulty} failed` : ""]],
      ["Spent", say.money(total.cost)], ["A request", each(total)],
      ["Cache hits", used ? `${say.share(total.usage.read, used)}, ${say.share(total.predicted, used)} expected` : say.UNKNOWN],
      ["First content, mean", total.answered ? say.span(total.first_content_ms / total.answered) : say.UNKNOWN],
    ]), sums("Spend by task", found.tasks, { title: "Task", none: say.UNKNOWN, to: (row) => link("requests", "", { endpoint: found.id, task: row.name, span: "30d" }) })]
      : h("p", { class: "muted" }, "It has served no request here.")));
  main.querySelector(".top").prepend(h("p", { class: "back" }, h("a", { href: "#/models" }, "\u2190 Models")));
}

/** An estimate with its interval, in points of 100. */
const span = (one) => (one ? `${say.points(one.mean)} (${Math.round(100 * one.low)}\u2013${Math.round(100 * one.high)})` : say.UNKNOWN);

/** What is expected of a model at each kind of work: as shipped, what was told here, and both together. */
function quality(found) {
  const ground = found.ground, rows = found.quality;
  const effort = { title: "Effort", unit: "\u00d7", number: true, cell: (row) => (row.effort === row.usual ? (row.usual / 1000).toFixed(2) : h("span", { title: `${(row.usual / 1000).toFixed(2)} without what work cost here` }, (row.effort / 1000).toFixed(2))) };
  const judged = (row) => (row.bound === null ? h("span", { class: "chip" }, say.UNKNOWN) : row.clears ? h("span", { class: "chip good" }, "clears") : h("span", { class: "chip warned" }, "below"));
  const told = (row) => (row.learnt ? h("span", { title: `${say.counted(row.learnt.told, "outcome")} told by ${say.counted(row.learnt.keys, "key")} (${row.learnt.sources.join(", ")}), the latest on ${say.date(86_400_000 * row.learnt.day)}` }, row.learnt.n.toFixed(1)) : "\u2013");
  return [scrolled("What is expected", table({
    caption: `Share of tasks solved, with 90 % intervals. Against ${ground.reference}: the 95 % lower bound of the difference, in points; the floor is ${Math.round(-100 * ground.floor)}.`, rows, columns: [
      { title: "Work", cell: (row) => (row.task === "unknown" ? "all of it" : row.task) },
      { title: "Shipped", unit: "%", number: true, wide: true, cell: (row) => span(row.shipped) },
      { title: "Outcomes", unit: "here", number: true, cell: told },
      { title: "Good", unit: "%", number: true, wide: true, cell: (row) => (row.learnt ? say.points(row.learnt.rate) : "\u2013") },
      { title: "Expected", unit: "%", number: true, cell: (row) => span(row.now) },
      { title: "Against reference", unit: "points", number: true, cell: (row) => (row.bound === null ? say.UNKNOWN : (100 * row.bound).toFixed(1)) },
      { title: "Floor", cell: judged },
      ...(rows.some((row) => row.effort !== row.usual) ? [effort] : []),
    ] })),
  h("p", { class: "prose muted" }, ground.learning
    ? `An outcome counts half after ${say.counted(ground.half_life, "day")}; a session counts as ${ground.bounds.session} at most, a key as ${ground.bounds.key}. ${ground.away ? `The last look had no answer: ${ground.away}.` : ground.looked ? `Looked at ${say.moment(ground.looked)}.` : "Not looked at yet."}`
    : "Nothing is learnt here: the settings say so, or there is no ledger.")];
}

/** Where a number is from; addresses in it lead there. */
const sourced = (text) => text.split(/(https:\/\/[^\s()]+)/).map((part, at) => (at % 2 ? h("a", { href: part, rel: "noreferrer noopener", target: "_blank" }, part.replace(/^https:\/\/(www\.)?/, "")) : part));

function rates(found) {
  if (!known(found)) return h("p", { class: "prose muted" }, `Unknown: ${found.because}.`);
  return scrolled("Prices", table({
    caption: "Dollars for a million tokens.", quiet: true, rows: found, columns: [
      { title: "Prompts", cell: (row) => (found.length === 1 ? "of any length" : row.above ? `above ${say.tokens(row.above)} tokens` : `up to ${say.tokens(found[1].above)} tokens`) },
      ...KINDS.map(([name, title]) => ({ title, unit: "$/M", number: true, cell: (row) => say.money(row[name] * MILLION / row.per, 3) })),
    ] }));
}

function history(found) {
  const { spans } = found, value = (span, name) => { const price = per(span.rates, name); return price === null ? null : price / say.PICO; };
  const kinds = SERIES.filter(([name]) => name !== "write_5m" || spans.some((span) => value(span, "write_5m") !== value(span, "fresh")));
  const series = kinds.map(([name, title, kind]) => ({ name: title, kind, spans: spans.map((span) => ({ since: span.since, until: span.until, value: value(span, name) })) }));
  const from = spans[0].since, to = Math.max(found.now, from + 1), changes = spans.length - 1, short = to - from < 200 * 86_400_000;
  return [key(kinds.map(([, title, kind]) => [kind, title])),
    steps("Price for a million tokens over time", 220, series, { from, to, axis: say.shortMoney, tick: (at) => (short ? say.dayUtc(at) : say.date(at)), says: (price) => (price === null ? say.UNKNOWN : `$${price.toFixed(3)}/M`) }),
    h("p", { class: "prose muted" }, changes ? `${say.counted(changes, "change")} since ${say.date(from)}; the last on ${say.date(spans.at(-1).since)}.` : `Unchanged since ${say.date(from)}, as far back as the price data goes.`)];
}
