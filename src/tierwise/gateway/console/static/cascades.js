// Cascades: which runs there are and what became of them; of one every stage, what its checks said and what it cost. What goes on is shown as it goes.
import { facts, field, h, panel, pick, put, scrolled, table, tell } from "./dom.js";
import { pause, query, read, Wrong } from "./api.js";
import { away, lay, link, notice, SPANS, turn } from "./parts.js";
import * as say from "./say.js";

const EVERY = 2000;
const SILENT = 3_600_000;
const GOOD = new Set(["verified"]), NEUTRAL = new Set(["running", "stopped", "cancelled", "unchanged"]);

export const show = (at, main) => (at.tail ? one(at, main) : list(at, main));

/** How a run or a stage stands, in a word; what that means is its hint. */
const standing = (word, says) => h("span", { class: `chip ${GOOD.has(word) ? "good" : NEUTRAL.has(word) ? (word === "running" ? "picked" : "") : "warned"}`, title: says?.[word] }, word);

/** What was spent; where the price of some is not known, at least that. */
function paid(spent, places) {
  if (spent.cost === null || (spent.unpriced && !spent.cost)) return say.UNKNOWN;
  return `${spent.unpriced ? "at least " : ""}${say.money(spent.cost, places)}`;
}

const took = (one, now) => (one.began ?? one.at ? say.span((one.ended || now) - (one.began ?? one.at)) : say.UNKNOWN);
const going = (run) => run.status === "running";

/** Draw what is read, and again whenever it has changed, for as long as something goes on. */
async function watched(at, path, draw, goes) {
  let found = await read(path, at.signal);
  draw(found);
  const follow = async () => {
    for (let shown = print(found); goes(found);) {
      await pause(EVERY, at.signal);
      if (at.signal.aborted) return;
      try {
        found = await read(path, at.signal);
      } catch (error) {
        if (at.signal.aborted) return;
        if (error instanceof Wrong) continue;
        throw error;
      }
      if (print(found) !== shown) draw(found);
      shown = print(found);
    }
  };
  follow();
}

/** What tells one answer from another: the time it was given at does not. */
const print = (found) => JSON.stringify({ ...found, now: 0 });

async function list(at, main) {
  const given = { span: "30d", ...at.given };
  const go = (more) => turn("cascades", "", { ...given, before: "", ...more });
  const place = h("div");
  await watched(at, `cascades${query({ ...given, limit: 50 })}`, (found) => {
    const rows = found.rows.map(({ run, spent }) => ({ ...run, spent }));
    if (!place.isConnected) lay(main, "Cascades", null, filters(given, found.statuses, go), place);
    put(place, away(found), totals(rows, found),
      !rows.length && !given.status && !given.text && !given.before ? starting(given) : scrolled("Cascades", runs(rows, found)), pages(found, given));
  }, (found) => found.rows.some((row) => going(row.run)));
}

function filters(given, statuses, go) {
  const text = h("input", { type: "search", value: given.text ?? "", spellcheck: "false", autocomplete: "off", onchange: (event) => go({ text: event.target.value.trim() }) });
  return h("form", { class: "filters", role: "search", "aria-label": "Filter the cascades", onsubmit: (event) => { event.preventDefault(); go({ text: text.value.trim() }); } },
    field("Range", pick(SPANS, given.span, { onchange: (event) => go({ span: event.target.value }) })),
    field("Status", pick([["", "any"], ...Object.keys(statuses).map((name) => [name, name])], given.status ?? "", { onchange: (event) => go({ status: event.target.value }) })),
    field("Id begins with", text));
}

function totals(rows, found) {
  const over = rows.filter((row) => !going(row)), verified = over.filter((row) => row.status === "verified");
  if (!rows.length) return null;
  const known = rows.every((row) => row.spent.cost !== null && !row.spent.unpriced), sum = rows.reduce((all, row) => all + (row.spent.cost ?? 0), 0);
  return facts([
    [found.next ? "Cascades on this page" : "Cascades", `${say.count(rows.length)}${rows.length > over.length ? `, ${rows.length - over.length} still at work` : ""}`],
    ["Verified", over.length ? `${say.count(verified.length)} of ${say.count(over.length)} (${say.share(verified.length, over.length, 0)})` : "none yet"],
    ["Spent", `${known ? "" : "at least "}${say.money(sum)}`],
    ["For each verified result", verified.length ? `${known ? "" : "at least "}${say.money(sum / verified.length)}` : ""],
    ["Verified at the first stage", verified.length ? say.count(verified.filter((row) => row.stages[0]?.result === "verified").length) : ""],
  ]);
}

const runs = (rows, found) => table({
  caption: "The newest first. Times are your own clock's.", rows, link: (row) => link("cascades", row.id), empty: "No cascade fits what is asked for. Take a longer range or fewer filters.",
  columns: [
    { title: "Began", cell: (row) => h("time", { datetime: new Date(row.at).toISOString(), title: row.id }, say.moment(row.at)) },
    { title: "Repository", kind: "cut", cell: (row) => h("span", { title: row.repository }, row.repository.replace(/\/+$/, "").split("/").pop()) },
    { title: "Task", wide: true, kind: "cut", cell: (row) => say.named(row.task, "\u2013") },
    { title: "Status", cell: (row) => standing(row.status, found.statuses) },
    { title: "Stages", cell: (row) => tried(row) },
    { title: "Lasted", number: true, wide: true, cell: (row) => took(row, found.now) },
    { title: "Requests", number: true, wide: true, cell: (row) => say.count(row.spent.requests) },
    { title: "Spent", number: true, cell: (row) => paid(row.spent, 4) },
    { title: "Expected", number: true, wider: true, hint: "what the plan expected it to cost", cell: (row) => (row.expected === null ? say.UNKNOWN : say.money(row.expected, 4)) },
  ] });

/** The models that were tried, in order, and the one that did it. */
function tried(row) {
  if (!row.stages.length) return h("span", { class: "muted" }, "none yet");
  return row.stages.map((stage, at) => [at ? " \u2192 " : "", h("span", { class: stage.result === "verified" ? "good" : "muted", title: `${stage.model}: ${stage.result}` }, stage.model)]);
}

function pages(found, given) {
  if (!found.next && !given.before) return null;
  return h("nav", { class: "top", "aria-label": "Pages of cascades" },
    given.before ? h("a", { class: "button", href: link("cascades", "", { ...given, before: "" }) }, "Newest") : null,
    found.next ? h("a", { class: "button", href: link("cascades", "", { ...given, before: found.next }) }, "Older") : null);
}

const starting = (given) => h("div", { class: "empty" }, h("h2", {}, given.span === "all" ? "No cascade has run yet" : "No cascade in this range"),
  h("p", { class: "prose" }, "A cascade lets cheap models try first, and keeps what your own checks pass. In a repository:"),
  h("pre", {}, "tierwise cascade --verify 'make test' -- claude -p 'Make the failing tests pass' --permission-mode acceptEdits"));

async function one(at, main) {
  let stood = "";
  await watched(at, `cascades/${encodeURIComponent(at.tail)}`, (found) => {
    const { run } = found;
    if (stood && stood !== run.status) tell(`The cascade is ${run.status}.`);
    stood = run.status;
    lay(main, "Cascade", standing(run.status, found.statuses), away(found), silent(found), run.note ? notice(run.note, run.status === "verified" ? "" : "warned") : null, about(found),
      panel("Stages", run.stages.length ? scrolled("Stages", stages(found)) : h("p", { class: "muted" }, "None has begun yet."),
        h("a", { href: link("requests", "", { tag: `cascade:${run.id}`, span: "all" }) }, "All its requests")),
      run.stages.filter((stage) => stage.checks.length || stage.note).map((stage) => panel(`Stage ${stage.number}: ${stage.model}`, told(stage))));
    main.querySelector(".top").prepend(h("p", { class: "back" }, h("a", { href: "#/cascades" }, "\u2190 Cascades")));
  }, (found) => going(found.run));
}

/** A run that says it goes on, and has not been heard of for long. */
function silent({ run, now }) {
  if (!going(run) || now - run.told < SILENT) return null;
  return notice(`Nothing was heard of it for ${say.span(now - run.told)}. If its process is gone: tierwise cascade resume ${run.id}`, "warned");
}

function about(found) {
  const { run, spent } = found;
  return facts([
    ["Cascade", h("code", {}, run.id)],
    ["Status", found.statuses[run.status]],
    ["Repository", [h("code", {}, run.repository), " at ", h("code", {}, run.commit.slice(0, 12))]],
    ["Task", run.task],
    ["Kind of work", run.kind],
    ["Agent", h("code", {}, run.command.join(" "))],
    ["Verified by", run.checks.map((line, at) => [at ? ", " : "", h("code", {}, line)])],
    ["From, to", `${say.moment(run.at)} to ${run.ended ? say.moment(run.ended) : "now"} (${took(run, found.now)})`],
    ["Spent", `${paid(spent)} in ${say.counted(spent.requests, "request")}${run.budget === null ? "" : `, of a budget of ${say.money(run.budget)}`}`],
    ["Expected", run.expected === null ? "" : say.money(run.expected)],
    ["The work is", run.branch ? ["on branch ", h("code", {}, run.branch)] : run.patch ? ["in ", h("code", {}, run.patch)] : ""],
  ]);
}

const stages = (found) => table({
  caption: "In the order they were tried.", quiet: true, rows: found.run.stages.map((stage, at) => ({ ...stage, spent: found.stages[at] })), columns: [
    { title: "Stage", cell: (row) => String(row.number) },
    { title: "Model", kind: "cut", cell: (row) => [row.model, row.attempt > 1 ? h("small", {}, ` attempt ${row.attempt}`) : null] },
    { title: "Result", cell: (row) => standing(row.result, found.results) },
    { title: "Checks", cell: (row) => (row.checks.length ? `${row.checks.filter((check) => check.passed).length} of ${row.checks.length} passed` : h("span", { class: "muted" }, "none ran")) },
    { title: "Lasted", number: true, wide: true, cell: (row) => took(row, found.now) },
    { title: "Agent", wide: true, hint: "how the agent's own process ended", cell: (row) => (row.code === null ? h("span", { class: "muted" }, row.result === "running" ? "at work" : "did not end by itself") : `exit code ${row.code}`) },
    { title: "Requests", number: true, wide: true, cell: (row) => say.count(row.spent.requests) },
    { title: "Spent", number: true, cell: (row) => paid(row.spent, 4) },
  ] });

/** What the checks of a stage said. */
const told = (stage) => [stage.note ? h("p", {}, stage.note) : null, stage.checks.map((check) => h("div", {},
  h("p", {}, standing(check.passed ? "verified" : "refuted"), " ", h("code", {}, check.command), " ",
    h("span", { class: "muted" }, `${check.note || `exit code ${check.code}`}, ${say.span(check.seconds * 1000)}`)),
  check.restored.length ? h("p", { class: "warned" }, `The agent had changed what is protected; put back before it ran: ${check.restored.join(", ")}`) : null,
  check.tail ? h("details", { open: !check.passed }, h("summary", {}, "What it printed at the end"), h("pre", {}, check.tail)) : null))];
