// What several pages show alike: notices, rows of requests, the range that is looked at, and lines to point a client here.
import { bar, columns, key } from "./charts.js";
import { copier, h, pick, put, scrolled, table } from "./dom.js";
import * as say from "./say.js";

export const SPANS = [["1h", "Last hour"], ["24h", "Last 24 hours"], ["7d", "Last 7 days"], ["30d", "Last 30 days"], ["90d", "Last 90 days"], ["all", "Everything"]];

/** Something to know before reading on. */
export const notice = (text, kind = "") => h("p", { class: `notice ${kind}`, role: kind === "warned" ? "alert" : undefined }, text);

/** Whether what is shown comes from memory because the store is away. */
export const away = (found) => (found.away ? notice(`The store cannot be asked: ${found.away}. What is shown comes from this process's memory: its latest ${say.counted(found.remembered ?? 0, "request")}.`, "warned") : null);

/** An address of the console. */
export function link(page, tail = "", given = {}) {
  const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();
  return `#/${page}${tail ? `/${encodeURIComponent(tail)}` : ""}${query ? `?${query}` : ""}`;
}

/** The choice of how far back to look. */
export const range = (at, usual, go) => pick(SPANS, at.given.span ?? usual, { "aria-label": "How far back", onchange: (event) => go({ ...at.given, span: event.target.value }) });

export const cached = (row) => (row.usage && prompt(row.usage) ? row.usage.read / prompt(row.usage) : null);
export const prompt = (usage) => usage.fresh + usage.read + usage.write_5m + usage.write_1h;

/** An endpoint's name; where there is little room, without its provider. */
export function placed(name) {
  const at = name.indexOf("/") + 1;
  return h("span", { title: name }, h("span", { class: "wide" }, name.slice(0, at)), name.slice(at));
}

/** How a request ended, in a word. */
export function ended(row) {
  if (row.fault) return h("span", { class: "chip warned", title: `ended with: ${row.fault}` }, row.status ? `${row.status} ${row.fault}` : row.fault);
  if (row.faults) return h("span", { class: "chip good", title: "a provider failed, another answered; the client saw nothing of it" }, say.counted(row.faults, "fault"), " absorbed");
  return h("span", { class: "muted" }, String(row.status || "ok"));
}

/** What a request saved, with the reason where that is not known. */
export function saved(row) {
  if (row.cost === null || row.baseline === null) return h("span", { class: "muted", title: row.cost_because || row.baseline_because }, say.UNKNOWN);
  const amount = row.baseline - row.cost;
  return say.money(amount, 4);
}

export const REQUESTS = [
  { title: "Time", cell: (row) => h("time", { datetime: new Date(row.at).toISOString(), title: `${new Date(row.at).toISOString()} ${row.id}` }, say.moment(row.at)) },
  { title: "Model", kind: "cut", cell: (row) => (row.model || row.endpoint ? h("span", { title: row.endpoint }, row.model || row.endpoint.slice(row.endpoint.indexOf("/") + 1)) : h("span", { class: "muted" }, "none")) },
  { title: "Task", wide: true, cell: (row) => say.named(row.task, say.UNKNOWN) },
  { title: "Client", wider: true, cell: (row) => say.named(row.client, say.UNKNOWN) },
  { title: "Key", wide: true, kind: "cut", cell: (row) => say.named(row.key) },
  { title: "Prompt", unit: "tok", number: true, wide: true, cell: (row) => (row.usage ? say.tokens(prompt(row.usage)) : say.UNKNOWN) },
  { title: "Cached", number: true, wide: true, cell: (row) => say.share(cached(row), 1, 0) },
  { title: "Output", unit: "tok", number: true, wide: true, cell: (row) => (row.usage ? say.tokens(row.usage.output) : say.UNKNOWN) },
  { title: "Cost", number: true, cell: (row) => h("span", { title: row.cost_because || undefined }, say.money(row.cost, 4)) },
  { title: "Saved", number: true, hint: "against the reference model with a warm cache of its own", cell: saved },
  { title: "First content", number: true, wider: true, cell: (row) => say.span(row.first_content_ms) },
  { title: "Total", number: true, wide: true, cell: (row) => say.span(row.total_ms) },
  { title: "Status", cell: ended },
];

/** A table of requests whose newest can be put on top. */
export function requestsTable(rows, caption, given = {}) {
  const made = table({ caption, columns: REQUESTS, rows, link: (row) => link("requests", row.id), ...given });
  const body = made.querySelector("tbody");
  made.add = (row, most) => {
    if (body.querySelector(`[data-id="${CSS.escape(row.id)}"]`)) return false;
    body.querySelector(".none")?.remove();
    const line = made.line(row);
    line.dataset.id = row.id;
    line.classList.add("come");
    body.prepend(line);
    while (body.children.length > most) body.lastElementChild.remove();
    return true;
  };
  if (rows.length) [...body.children].forEach((line, at) => { line.dataset.id = rows[at].id; });
  return made;
}

/** Spend and what the reference would have cost, over time. */
export function spending(series, step) {
  const title = (one) => (step === "hour" ? `${say.dayUtc(one.at)} ${say.hourUtc(one.at)} UTC` : `${say.dayUtc(one.at)} UTC`);
  const made = columns(`Spend and baseline by ${step}`, 240, series, {
    stacks: (one) => [["spent", one.cost / say.PICO]],
    line: (one) => (one.requests ? one.baseline / say.PICO : null),
    named: title,
    says: (one) => [["Spent", say.money(one.cost)], ["Baseline", say.money(one.baseline)], ["Saved", say.money(one.baseline - one.compared_cost)], ["Requests", say.count(one.requests)],
      ...(one.unpriced ? [["Of unknown price", say.count(one.unpriced)]] : [])],
    tick: (one) => (step === "hour" ? say.hourUtc(one.at) : say.dayUtc(one.at)),
    axis: say.shortMoney,
  });
  const rows = [...series].filter((one) => one.requests).reverse();
  const numbers = h("details", {}, h("summary", {}, "The same as a table"), scrolled("Spend and baseline", table({
    caption: `Spend and baseline by ${step} (UTC)`, quiet: true, rows, columns: [
      { title: step === "hour" ? "Hour" : "Day", cell: title },
      { title: "Spent", number: true, cell: (one) => say.money(one.cost, 4) },
      { title: "Baseline", number: true, cell: (one) => say.money(one.baseline, 4) },
      { title: "Saved", number: true, cell: (one) => say.money(one.baseline - one.compared_cost, 4) },
      { title: "Requests", number: true, cell: (one) => say.count(one.requests) },
      { title: "Unknown price", number: true, cell: (one) => say.count(one.unpriced) }] })));
  return [key([["spent", "Spent"], ["base", "Baseline: the reference model with a warm cache of its own"]]), made, numbers];
}

/** Sums by one thing, those that cost most first. */
export function sums(caption, rows, { title, to, most = 8, none, shown }) {
  const top = Math.max(...rows.map((one) => one.cost), 0), kept = rows.slice(0, most);
  const more = rows.length - kept.length;
  return scrolled(caption, table({
    caption, quiet: true, rows: kept, link: to ? (one) => (one.name ? to(one) : null) : undefined, empty: "No requests in this range.", columns: [
      { title, kind: "cut", cell: (one) => (one.name ? shown?.(one) ?? one.name : h("span", { class: "muted" }, none ?? "none")) },
      { title: "Requests", number: true, cell: (one) => say.count(one.requests) },
      { title: "Spent", number: true, cell: (one) => say.money(one.cost, 2) },
      { title: "", says: "Share", kind: "sub", cell: (one) => bar(one.cost, top) },
      { title: "Saved", number: true, cell: (one) => (one.baseline ? say.share(one.baseline - one.compared_cost, one.baseline, 0) : say.UNKNOWN) },
    ] }), more > 0 ? h("p", { class: "muted" }, `and ${more} more`) : null);
}

/** What to type so that requests come in. */
export function pointing() {
  const base = new URL("..", location.href).href.replace(/\/$/, "");
  const lines = [
    ["Try it", `curl ${base}/v1/chat/completions -H 'content-type: application/json' \\\n  -H 'authorization: Bearer $YOUR_KEY' -d '{"model": "auto", "messages": [{"role": "user", "content": "Say hello."}]}'`],
    ["Claude Code", `ANTHROPIC_BASE_URL=${base} ANTHROPIC_API_KEY=$YOUR_KEY ANTHROPIC_MODEL=auto claude`],
    ["Any OpenAI SDK", `export OPENAI_BASE_URL=${base}/v1 OPENAI_API_KEY=$YOUR_KEY   # and ask for the model "auto"`],
  ];
  return h("div", { class: "empty" }, h("h2", {}, "No request has come in yet"),
    h("p", { class: "prose" }, "Point a client here and it shows up at once. A filled console to look around in: ", h("code", {}, "tierwise demo"), "."),
    h("div", { class: "lines" }, lines.map(([title, text]) => h("div", {}, h("h3", {}, title), h("pre", {}, text), copier(text, `the lines for ${title}`)))));
}

/** Show a page's parts under its title. */
export function lay(main, title, beside, ...parts) {
  put(main, h("div", { class: "top" }, h("h1", {}, title), beside ? h("div", { class: "beside" }, beside) : null), parts);
}

/** Change the query of the address: the page shows itself anew, and the way back stays. */
export function turn(page, tail, given) {
  location.hash = link(page, tail, given).slice(1);
}
