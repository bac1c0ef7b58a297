// One request: what was decided and why, what was tried, what it used and what that cost.
import { copier, facts, h, panel, scrolled, table } from "./dom.js";
import { read } from "./api.js";
import { lay, link, notice, placed, prompt } from "./parts.js";
import * as say from "./say.js";

const TERMS = [["fresh", "Fresh input"], ["read", "Cache read"], ["write_5m", "Cache write, 5 min"], ["write_1h", "Cache write, 1 h"], ["output", "Output"]];
const known = (amount) => (typeof amount === "number" ? amount : null);
const because = (amount) => (amount && typeof amount === "object" ? amount.because : "");

export async function show(at, main) {
  const found = await read(`requests/${encodeURIComponent(at.tail)}`, at.signal);
  const { entry, row } = found, receipt = entry.decision?.receipt ?? null;
  lay(main, "Request", null,
    h("p", { class: "lead" }, summary(entry, row, receipt)),
    facts([
      ["Id", [h("code", {}, entry.id), copier(entry.id, "the id")]],
      ["Time", h("time", { datetime: new Date(entry.at).toISOString() }, new Date(entry.at).toLocaleString("en-GB"))],
      ["Asked for", say.named(entry.asker.model, say.UNKNOWN)],
      ["Served by", row.endpoint || "nobody"],
      ["Session", entry.asker.session ? h("a", { href: link("sessions", entry.asker.session) }, entry.asker.session) : "none"],
      ["Key", [say.named(entry.asker.key), entry.asker.team ? `, team ${entry.asker.team}` : "", entry.asker.project ? `, project ${entry.asker.project}` : ""]],
      ["Tags", entry.asker.tags.join(", ")],
      ["Client", `${say.named(entry.asker.client, say.UNKNOWN)}, ${entry.asker.wire}${entry.asker.stream ? ", streamed" : ""}`],
      ["Turn", { person: "a person's words", tool: "a tool's result", side: "a background call" }[entry.asker.turn] ?? entry.asker.turn],
      ["Work", receipt ? `${receipt.features.task.kind}, difficulty ${receipt.features.task.difficulty} of 3 (${say.share(receipt.features.task.confidence, 1, 0)} sure, by ${receipt.features.task.source})` : ""],
      ["Policy", receipt ? policy(receipt.policy) : ""],
      ["Prices", entry.prices || entry.decision?.receipt.catalog?.slice(0, 12)],
      ["Status", String(entry.status || "none")],
      ["Budgets", entry.drawn.map((one) => one.budget).join(", ")],
      ["Outcome", found.outcomes.map((one) => `${one.kind.replaceAll("_", " ")}${one.score === null ? "" : ` (${one.score})`}`).join(", ")],
    ]),
    entry.fault ? notice(`It ended with a fault: ${found.faults[entry.fault.kind] ?? entry.fault.kind}${entry.fault.message ? `: ${entry.fault.message}` : ""}`, "warned") : null,
    panel("What happened when", timeline(entry, found)),
    panel("What it cost", costs(entry, row, receipt)),
    receipt ? panel("Why this model", candidates(entry, found, receipt), h("span", {}, `every endpoint of the catalog, ${say.counted(receipt.verdicts.length, "candidate")}`)) : null,
    bodies(entry, at));
  main.querySelector(".top").prepend(h("p", { class: "back" }, h("a", { href: "#/requests" }, "\u2190 Requests")));
}

function policy(one) {
  const floor = `floor ${say.points(one.floor)} points below ${one.reference}`;
  return one.pin ? `${one.name} to ${one.pin}` : `${one.name}, ${floor}`;
}

function summary(entry, row, receipt) {
  const saved = row.cost !== null && row.baseline !== null ? row.baseline - row.cost : null;
  const first = !row.endpoint ? "Nobody served it." : receipt ? `${row.endpoint}: ${receipt.because}.` : `${row.endpoint} served it.`;
  const tries = row.faults && !entry.fault ? ` ${say.counted(row.faults, "attempt")} failed before; the client saw nothing of that.` : "";
  const cost = row.cost === null ? ` What it cost is unknown: ${row.cost_because}.` : ` It cost ${say.money(row.cost)}`;
  const against = row.cost === null ? "" : saved === null ? `; what the reference would have cost is unknown (${row.baseline_because}).`
    : `; the reference would have cost ${say.money(row.baseline)}, so ${saved >= 0 ? `${say.money(saved)} less` : `${say.money(-saved)} more`} was paid.`;
  const several = entry.cascade ? ` Several were asked: ${entry.cascade}.` : "";
  return `${first}${tries}${several}${cost}${against}`;
}

function timeline(entry, found) {
  const { latency } = entry, whole = Math.max(latency.total, ...entry.attempts.map((one) => one.at - entry.at + one.ms), 1);
  const served = entry.attempts.at(-1), answered = Boolean(served) && entry.committed;
  const rows = [{ what: "tierwise decides", from: 0, ms: latency.decide, own: true }, ...entry.attempts.map((one) => ({ what: one.endpoint, from: Math.max(one.at - entry.at, 0), ...one }))];
  const track = (one) => {
    const place = h("div", { class: "track", "aria-hidden": "true" });
    const part = (name, from, to) => {
      const made = h("i", { class: name });
      made.style.left = `${100 * Math.min(from / whole, 1)}%`;
      made.style.width = `${100 * Math.max(Math.min(to, whole) - from, 0) / whole}%`;
      place.append(made);
    };
    if (one.own) part("own", 0, one.ms);
    else if (one.fault) part("failed", one.from, one.from + one.ms);
    else {
      const content = one === rows.at(-1) && answered ? latency.first_content ?? one.from : one.from;
      part("wait", one.from, content);
      part("", content, one.from + one.ms);
    }
    return place;
  };
  const outcome = (one) => (one.own ? "" : one.fault ? h("span", { class: "warned", title: one.fault.message }, found.faults[one.fault.kind] ?? one.fault.kind) : `${one.status || ""} served`.trim());
  return [scrolled("Attempts", table({
    caption: `The request took ${say.span(latency.total)}; tierwise's own work was ${say.span(latency.decide)}, the answer's head came after ${say.span(latency.first_byte)}, its first content after ${say.span(latency.first_content)}.`,
    rows, columns: [
      { title: "What", cell: (one) => [one.own ? one.what : placed(one.what), one.hedge || one.cheap ? [" ", h("span", { class: "chip" }, one.hedge ? "hedge" : "cheap")] : null] },
      { title: "Timeline", cell: track, wide: true },
      { title: "Began after", number: true, wide: true, cell: (one) => say.span(one.from) },
      { title: "Took", number: true, cell: (one) => say.span(one.ms) },
      { title: "Cost", number: true, cell: (one) => (one.own ? "" : one.fault && !one.usage ? "" : h("span", { title: because(one.cost) || undefined }, say.money(known(one.cost)))) },
      { title: "How it ended", kind: "words", cell: outcome },
    ] }))];
}

/** Tokens and dollars that were reckoned with, by term. Some caches are written without a word: what they take then counts as fresh. */
function expectations(cost, usage, features) {
  const silent = !usage.write_5m && !usage.write_1h, fresh = cost.prompt - cost.cached - cost.written;
  const known = { read: [cost.cached, cost.read], output: [features.place.output, cost.output] };
  if (silent) return { ...known, fresh: [fresh + cost.written, cost.fresh + cost.write] };
  return { ...known, fresh: [fresh, cost.fresh], [features.prefix.ttl >= 3600 ? "write_1h" : "write_5m"]: [cost.written, cost.write] };
}

function costs(entry, row, receipt) {
  const { usage, bill } = entry;
  if (!usage) return h("p", { class: "prose muted" }, `Unknown: ${row.cost_because || "the provider did not say what was used"}.`);
  const expected = receipt?.verdicts.find((one) => one.endpoint === row.endpoint && one.type === "priced" && one.cost.type === "known")?.cost;
  const guess = expected ? expectations(expected, usage, receipt.features) : {};
  const rows = TERMS.filter(([name]) => usage[name] || guess[name]?.[0] || name === "fresh" || name === "output").map(([name, title]) => ({ title, tokens: usage[name], cost: bill ? bill[name] : null, guess: guess[name] }));
  const others = bill && row.cost !== null ? row.cost - TERMS.reduce((sum, [name]) => sum + bill[name], 0) : 0;
  const foot = { title: "In all", tokens: prompt(usage) + usage.output, cost: row.cost, guess: expected ? [null, expected.call] : undefined };
  const note = [
    usage.reasoning ? `${say.count(usage.reasoning)} of the output tokens are reasoning.` : "",
    others > 0 ? `Besides the answer, ${say.money(others)} went to attempts that were not used.` : "",
    row.baseline === null ? `The baseline is unknown: ${row.baseline_because}.` : `The baseline, the reference with a warm cache of its own, is ${say.money(row.baseline)}.`,
  ].filter(Boolean).join(" ");
  return [scrolled("Cost by term", table({
    caption: "Tokens and dollars by kind of token; expected is what the decision reckoned with.", rows, foot, columns: [
      { title: "Term", cell: (one) => one.title },
      { title: "Tokens", number: true, cell: (one) => say.count(one.tokens) },
      { title: "Cost", number: true, cell: (one) => say.money(one.cost, 6) },
      { title: "Expected tokens", number: true, wide: true, cell: (one) => (one.guess ? (one.guess[0] === null ? "" : say.count(one.guess[0])) : "\u2013") },
      { title: "Expected cost", number: true, wide: true, cell: (one) => (one.guess ? say.money(one.guess[1], 6) : "\u2013") },
    ] })), h("p", { class: "prose muted" }, note)];
}

const priced = (one) => one.type === "priced" && one.cost.type === "known";

function candidates(entry, found, receipt) {
  const chain = entry.decision.chain, place = (one) => { const at = chain.indexOf(one.endpoint); return at < 0 ? 999 : at; };
  const served = found.row.endpoint, floor = receipt.policy.floor;
  const rank = (one) => (one.type === "rejected" ? 3 : place(one) < 999 ? 0 : one.clears ? 1 : 2);
  const rows = [...receipt.verdicts].sort((a, b) => rank(a) - rank(b) || place(a) - place(b) || (a.score ?? Infinity) - (b.score ?? Infinity) || a.endpoint.localeCompare(b.endpoint))
    .map((one) => ({ ...one, mark: one.endpoint === served ? "chosen" : one.type === "rejected" ? "weak" : "" }));
  const outcome = (one) => {
    const at = place(one), mark = (kind, text) => h("span", { class: `chip ${kind}` }, text);
    const tried = entry.attempts.find((attempt) => attempt.endpoint === one.endpoint);
    if (one.endpoint === served) return [mark("picked", at === 0 ? "chosen" : "served"), at > 0 ? " what stood before it failed" : ""];
    if (tried?.fault) return [mark("warned", "failed"), ` ${found.faults[tried.fault.kind] ?? tried.fault.kind}`];
    if (one.type === "rejected") return [mark("", `rejected: ${one.by}`), " ", one.because];
    if (at === 0) return [mark("picked", "chosen"), ""];
    if (at < 999) return [mark("", `stand-in ${at}`), " would be tried next"];
    if (!one.clears) return [mark("", "below the floor"), one.standing.bound === null ? " its quality at this work is unknown" : ` may be ${say.points(-one.standing.bound)} points worse; ${say.points(floor)} allowed`];
    if (!priced(one)) return [mark("", "price unknown"), ` ${one.cost.because}`];
    return [mark("", "dearer"), more(one, rows[0])];
  };
  const amount = (name) => (one) => (priced(one) ? say.money(one.cost[name], 4) : one.type === "rejected" ? "\u2013" : say.UNKNOWN);
  const quality = (one, name) => (one.type === "rejected" ? "\u2013" : say.points(one.standing[name]));
  return [scrolled("Candidates", table({
    caption: `Ranked by the policy ${receipt.policy.name}. Quality and bound are in points of 100; the bound is the worst that the difference to ${receipt.policy.reference} may be, at 95\u202f%.`, rows, columns: [
      { title: "Endpoint", kind: "cut", cell: (one) => placed(one.endpoint) },
      { title: "Tier", wide: true, cell: (one) => found.tiers[one.endpoint] ?? "" },
      { title: "Why", kind: "words long", cell: outcome },
      { title: "This call", number: true, wide: true, cell: amount("call") },
      { title: "Calls to come", number: true, wide: true, cell: amount("rest") },
      { title: "In all", number: true, cell: amount("work") },
      { title: "Cached", unit: "tok", number: true, wider: true, cell: (one) => (priced(one) ? say.tokens(one.cost.cached) : "\u2013") },
      { title: "Quality", number: true, wide: true, cell: (one) => quality(one, "quality") },
      { title: "Bound", number: true, wide: true, cell: (one) => quality(one, "bound") },
    ] })), h("p", { class: "prose muted" }, "The same in words, and decided again from this record: ", h("code", {}, `tierwise explain ${entry.id}`))];
}

function more(one, first) {
  if (!priced(first)) return "";
  const times = one.cost.work / first.cost.work;
  return Number.isFinite(times) && times >= 1.05 ? ` ${times < 10 ? times.toFixed(1) : Math.round(times)} times the first's cost in all` : " ranked behind the others";
}

function bodies(entry, at) {
  if (!entry.bodies) return h("p", { class: "prose muted" }, at.who.role === "admin" ? "What was asked and answered was not kept: a key says with bodies that it is to be." : "");
  const shown = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };
  return panel("Word for word", [["What was asked", entry.bodies.prompt], ["What was answered", entry.bodies.answer]].map(([title, text]) => h("details", {}, h("summary", {}, title), h("pre", { tabindex: "0" }, shown(text)))));
}
