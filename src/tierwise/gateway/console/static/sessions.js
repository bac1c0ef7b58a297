// Sessions: which cost most, and of one how its context grew, what the cache held, where the model changed and what each turn cost.
import { columns, key } from "./charts.js";
import { facts, h, panel, scrolled, table } from "./dom.js";
import { query, read } from "./api.js";
import { away, cached, ended, lay, link, pointing, prompt, range, saved, turn } from "./parts.js";
import * as say from "./say.js";

export const show = (at, main) => (at.tail ? one(at, main) : list(at, main));

async function list(at, main) {
  const given = { span: "7d", ...at.given };
  const found = await read(`sessions${query(given)}`, at.signal);
  const go = (next) => turn("sessions", "", next);
  const used = (row) => prompt(row.usage);
  const rows = table({
    caption: "The sessions whose latest request is newest.", rows: found.sessions, link: (row) => link("sessions", row.name, {}),
    empty: "No session in this range.", columns: [
      { title: "Session", kind: "cut", cell: (row) => h("span", { title: row.name }, row.name) },
      { title: "Last request", cell: (row) => h("time", { datetime: new Date(row.last).toISOString() }, say.moment(row.last)) },
      { title: "Client", wider: true, cell: (row) => say.named(row.client, say.UNKNOWN) },
      { title: "Key", wide: true, kind: "cut", cell: (row) => say.named(row.key) },
      { title: "Requests", number: true, cell: (row) => say.count(row.requests) },
      { title: "Lasted", number: true, wider: true, cell: (row) => say.span(row.last - row.first) },
      { title: "Prompt", unit: "tok", number: true, wide: true, cell: (row) => say.tokens(used(row)) },
      { title: "Cached", number: true, wide: true, cell: (row) => say.share(row.usage.read, used(row) || null, 0) },
      { title: "Switches", number: true, wide: true, hint: "requests that went to another model than the one before", cell: (row) => [say.count(row.switches), row.up ? h("small", {}, ` (${row.up} up)`) : null] },
      { title: "Spent", number: true, cell: (row) => say.money(row.cost, 4) },
      { title: "Saved", number: true, cell: (row) => (row.baseline ? say.share(row.baseline - row.compared_cost, row.baseline, 0) : say.UNKNOWN) },
      { title: "Faults", number: true, wide: true, cell: (row) => (row.faulty ? h("span", { class: "warned" }, `${row.faulty} failed`) : row.absorbed ? `${row.absorbed} absorbed` : "0") },
    ] });
  lay(main, "Sessions", range(at, "7d", go), away(found),
    !found.sessions.length && given.span === "all" && !given.before ? pointing() : scrolled("Sessions", rows),
    found.next || given.before ? h("nav", { class: "top", "aria-label": "Pages of sessions" },
      given.before ? h("a", { class: "button", href: link("sessions", "", { ...given, before: "" }) }, "Newest") : null,
      found.next ? h("a", { class: "button", href: link("sessions", "", { ...given, before: found.next }) }, "Older") : null) : null);
}

async function one(at, main) {
  const found = await read(`sessions/${encodeURIComponent(at.tail)}`, at.signal);
  const turns = found.rows.map((row, index) => ({ ...row, index, ...moved(found.rows, index) }));
  const sum = (pick) => turns.reduce((all, row) => all + (pick(row) ?? 0), 0);
  const used = sum((row) => row.usage && prompt(row.usage)), both = turns.filter((row) => row.cost !== null && row.baseline !== null);
  const models = [...new Set(turns.map((row) => row.model).filter(Boolean))], first = turns[0], last = turns.at(-1);
  const baseline = both.reduce((all, row) => all + row.baseline, 0), compared = both.reduce((all, row) => all + row.cost, 0);
  lay(main, "Session", null, away(found),
    facts([
      ["Session", h("code", {}, at.tail)],
      ["Client", say.named(first?.client, say.UNKNOWN)],
      ["Key", [say.named(first?.key), first?.team ? `, team ${first.team}` : ""]],
      ["From, to", first ? `${say.moment(first.at)} to ${say.moment(last.at)} (${say.span(last.at - first.at)})` : ""],
      ["Requests", `${say.count(turns.length)}${found.more ? ", the latest of more" : ""}`],
      ["Models", models.join(", ") || "none"],
      ["Switches", turns.filter((row) => row.moved).length ? `${turns.filter((row) => row.moved).length}, to the models marked below` : "none"],
      ["Cache", used ? `${say.share(sum((row) => row.usage?.read), used)} of prompt tokens read from it, ${say.share(sum((row) => row.usage && row.predicted), used)} expected` : say.UNKNOWN],
      ["Spent", [say.money(sum((row) => row.cost)), turns.some((row) => row.cost === null) ? `, and ${turns.filter((row) => row.cost === null).length} unknown` : ""]],
      ["Saved", baseline ? `${say.money(baseline - compared)} (${say.share(baseline - compared, baseline)}) against ${say.money(baseline)}` : say.UNKNOWN],
      ["Outcomes", found.outcomes.map((told) => told.kind.replaceAll("_", " ")).join(", ")],
    ]),
    panel("Context, call by call", [key([["read", "Read from the cache"], ["write", "Written to it"], ["fresh", "Fresh"], ["flag", "Another model than before"]]), context(turns)]),
    panel("Cost, call by call", [key([["spent", "Spent"], ["base", "Baseline"]]), paid(turns)]),
    panel("Calls", scrolled("Calls of the session", calls(turns))));
  main.querySelector(".top").prepend(h("p", { class: "back" }, h("a", { href: "#/sessions" }, "\u2190 Sessions")));
}

/** Whether a call went to another model than the one before it that was served; background calls go elsewhere by rule. */
function moved(rows, index) {
  const row = rows[index];
  if (!row.model || row.turn === "side") return { moved: false, from: "" };
  const before = rows.slice(0, index).reverse().find((one) => one.model && one.turn !== "side");
  return before && before.model !== row.model ? { moved: true, from: before.model } : { moved: false, from: "" };
}

const title = (row) => `Call ${row.index + 1}, ${row.model || "nobody served"}${row.turn === "side" ? " (background)" : ""}`;
const tick = (row) => String(row.index + 1);

const context = (turns) => columns("Prompt tokens of each call, by what the cache did", 220, turns, {
  stacks: (row) => (row.usage ? [["read", row.usage.read], ["write", row.usage.write_5m + row.usage.write_1h], ["fresh", row.usage.fresh]] : []),
  named: title, tick, mark: (row) => row.moved, axis: say.shortTokens,
  says: (row) => [...(row.moved ? [["Moved from", row.from]] : []), ...(row.usage ? [["Read", say.tokens(row.usage.read)], ["Expected", say.tokens(row.predicted)], ["Written", say.tokens(row.usage.write_5m + row.usage.write_1h)],
    ["Fresh", say.tokens(row.usage.fresh)], ["Output", say.tokens(row.usage.output)]] : [["Usage", say.UNKNOWN]])],
});

const paid = (turns) => columns("Cost of each call against its baseline", 160, turns, {
  stacks: (row) => [["spent", (row.cost ?? 0) / say.PICO]], line: (row) => (row.baseline === null ? null : row.baseline / say.PICO),
  named: title, tick, mark: (row) => row.moved, axis: say.shortMoney,
  says: (row) => [["Spent", say.money(row.cost)], ["Baseline", say.money(row.baseline)]],
});

function calls(turns) {
  let so = 0;
  const rows = turns.map((row) => ({ ...row, so: (so += row.cost ?? 0), mark: row.turn === "side" ? "weak" : "" })).reverse();
  return table({
    caption: "The newest first.", quiet: true, rows, link: (row) => link("requests", row.id), columns: [
      { title: "Call", cell: (row) => String(row.index + 1) },
      { title: "Time", wide: true, cell: (row) => say.moment(row.at) },
      { title: "Model", kind: "cut", cell: (row) => [row.model || "none", row.moved ? [" ", h("span", { class: "chip warned", title: `before: ${row.from}` }, "switch")] : null] },
      { title: "Task", wide: true, cell: (row) => say.named(row.task, say.UNKNOWN) },
      { title: "Context", unit: "tok", number: true, cell: (row) => (row.usage ? say.tokens(prompt(row.usage)) : say.UNKNOWN) },
      { title: "Cached", number: true, wide: true, cell: (row) => say.share(cached(row), 1, 0) },
      { title: "Expected", number: true, wide: true, cell: (row) => (row.usage && row.predicted !== null ? say.share(row.predicted, prompt(row.usage) || null, 0) : say.UNKNOWN) },
      { title: "Output", unit: "tok", number: true, wide: true, cell: (row) => (row.usage ? say.tokens(row.usage.output) : say.UNKNOWN) },
      { title: "Cost", number: true, cell: (row) => say.money(row.cost, 4) },
      { title: "So far", number: true, wide: true, cell: (row) => say.money(row.so, 4) },
      { title: "Saved", number: true, wide: true, cell: saved },
      { title: "Status", cell: ended },
    ] });
}
