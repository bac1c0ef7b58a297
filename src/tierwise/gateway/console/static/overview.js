// Overview: where the money goes, against what it would have been, and what is happening now.
import { h, panel, put, scrolled, table } from "./dom.js";
import { follow, pause, query, read, Wrong } from "./api.js";
import { away, lay, link, notice, pointing, range, requestsTable, spending, sums, turn } from "./parts.js";
import * as say from "./say.js";

const LIVE = 10;
const AGAIN = 15_000;
const NARROWS = ["team", "project", "key", "model", "client", "tag"];

export async function show(at, main) {
  const given = { span: "7d", ...at.given };
  const live = await read(`requests${query({ ...narrowed(given), span: "all", limit: LIVE })}`, at.signal);
  const found = await read(`overview${query(given)}`, at.signal);
  const sums = h("div", {}), parts = h("div", {});
  const going = (next) => turn("overview", "", next);
  const chips = NARROWS.filter((name) => given[name]).map((name) => h("button", { type: "button", class: "quiet", onclick: () => going({ ...given, [name]: "" }) }, `${name}: ${given[name]} \u00d7`));
  if (!live.rows.length && !found.total.requests) {
    lay(main, "Overview", [chips, range(at, "7d", going)], away(found), chips.length ? notice("No request fits what is asked for.") : pointing());
    waiting(at);
    return;
  }
  const recent = requestsTable(live.rows, "The latest requests, the newest first", { quiet: true });
  lay(main, "Overview", [chips, range(at, "7d", going)], sums, panel("Now", scrolled("The latest requests", recent),
    [h("span", {}, "follows what comes in"), h("a", { href: link("requests", "", narrowed(given)) }, "all requests")]), parts);
  draw(sums, parts, found, given);
  sure(at, sums, given);
  goingOn(at, sums, parts, given);
  following(at, recent, narrowed(given));
}

const narrowed = (given) => Object.fromEntries(NARROWS.map((name) => [name, given[name]]));

/** Ask again every so often while the page is looked at; what stands open stays open. */
async function goingOn(at, body, parts, given) {
  while (!at.signal.aborted) {
    await pause(AGAIN, at.signal);
    if (at.signal.aborted || document.hidden || [body, parts].some((one) => one.contains(document.activeElement)) || body.querySelector("details[open]")) continue;
    try {
      draw(body, parts, await read(`overview${query(given)}`, at.signal), given);
      await sure(at, body, given);
    } catch (error) {
      if (!(error instanceof Wrong) && !at.signal.aborted) throw error;
    }
  }
}

async function following(at, recent, given) {
  try {
    await follow(given, (event) => { if (event.name === "request") recent.add(event.data, LIVE); }, at.signal);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
  }
}

/** An empty ledger: the page shows itself anew as soon as something comes in. */
async function waiting(at) {
  try {
    await follow({}, () => dispatchEvent(new HashChangeEvent("hashchange")), at.signal);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
  }
}

/** How sure the saving is: that takes longer to work out, so it comes after. */
async function sure(at, body, given) {
  try {
    const found = await read(`interval${query(given)}`, at.signal);
    const [sessions, between] = [body.querySelector(".sessions"), body.querySelector(".between")];
    if (sessions) sessions.textContent = say.counted(found.sessions, "session");
    if (between) between.textContent = found.interval ? `${say.share(found.interval[0], 1)} to ${say.share(found.interval[1], 1)} at 95\u202f%` : "too few sessions for an interval";
  } catch (error) {
    if (!(error instanceof Wrong) && !at.signal.aborted) throw error;
  }
}

function draw(body, parts, found, given) {
  const { by } = found, to = (page) => (name) => (one) => link(page, "", { ...narrowed(given), span: given.span, [name]: one.name });
  put(body, away(found), figures(found),
    panel("Spend against baseline", spending(found.series, found.step), h("span", {}, `by ${found.step}, UTC; baseline: ${found.reference}`)));
  put(parts, h("div", { class: "beside-each-other" },
      panel("By model", sums("Spend by model", by.model, { title: "Model", to: to("requests")("model"), none: "no model served" })),
      panel("By task", sums("Spend by task", by.task, { title: "Task", to: to("requests")("task"), none: say.UNKNOWN })),
      panel("By team", sums("Spend by team", by.team, { title: "Team", to: to("overview")("team"), none: "no team" })),
      panel("Faults absorbed", faults(found), h("a", { href: link("requests", "", { ...narrowed(given), span: given.span, status: "failed" }) }, "requests that failed"))));
}

function figures(found) {
  const all = found.total, saved = all.baseline - all.compared_cost, prompt = all.usage.fresh + all.usage.read + all.usage.write_5m + all.usage.write_1h;
  const lines = [
    ["Spent", say.money(all.cost, 2), all.unpriced ? `${say.share(all.unpriced, all.requests)} of requests unknown, not in it` : "every request's cost is known"],
    ["Baseline", say.money(all.baseline, 2), `${found.reference}, warm cache`],
    ["Saved", all.baseline ? say.share(saved, all.baseline) : say.UNKNOWN, all.baseline ? [say.money(saved, 2), ", ", h("span", { class: "between" }, "\u2026")] : "nothing to compare"],
    ["Requests", say.count(all.requests), h("span", { class: "sessions" }, "\u2026")],
    ["Cache hits", say.share(all.usage.read, prompt || null), prompt ? `of prompt tokens; ${say.share(all.predicted, prompt)} expected` : "no usage known"],
    ["Faults absorbed", say.count(all.absorbed), `${say.counted(all.faulty, "request")} failed`],
  ];
  return h("dl", { class: "figures" }, lines.map(([name, value, more]) => h("div", {}, h("dt", {}, name), h("dd", {}, value, h("small", {}, more)))));
}

function faults(found) {
  const rows = found.by.model.filter((one) => one.absorbed || one.faulty).sort((a, b) => b.absorbed - a.absorbed || b.faulty - a.faulty).slice(0, 8);
  return scrolled("Faults by the model that answered", table({
    caption: "Requests by the model that answered", quiet: true, rows, empty: "No provider has failed in this range.", columns: [
      { title: "Answered by", kind: "cut", cell: (one) => say.named(one.name, "nobody") },
      { title: "Absorbed", hint: "a provider failed before anything reached the client, and another answered", number: true, cell: (one) => say.count(one.absorbed) },
      { title: "Failed", hint: "the client saw a fault", number: true, cell: (one) => say.count(one.faulty) },
      { title: "Hedged", number: true, wide: true, cell: (one) => say.count(one.hedges) },
      { title: "Requests", number: true, cell: (one) => say.count(one.requests) },
    ] }));
}
