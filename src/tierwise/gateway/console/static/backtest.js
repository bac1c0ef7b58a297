// Backtest: what a log, or what was served here, would have cost under another policy, and how sure that is.
import { field, h, panel, pick, put, scrolled, table } from "./dom.js";
import { pause, query, read, upload, Wrong } from "./api.js";
import { lay, notice, SPANS } from "./parts.js";
import * as say from "./say.js";

const POLICIES = [["", "as set"], ["cheapest", "cheapest"], ["tiered", "tiered"], ["value", "value"]];

export async function show(at, main) {
  const found = await read("backtests", at.signal);
  if (!at.who.has.includes("backtest")) {
    lay(main, "Backtest", null, notice("This gateway runs no backtests. On any machine: tierwise backtest PATH"));
    return;
  }
  const runs = h("div", {}), page = h("div", {});
  const watch = () => watching(at, runs, page);
  lay(main, "Backtest", null,
    h("p", { class: "prose" }, "Replay real calls through the decisions of today: what they cost, what the policy would have paid, at which expected quality, and how sure that is. Nothing is sent to any provider."),
    panel("What to replay", form(at, watch)), panel("Runs", runs), page);
  draw(runs, page, found.runs, at);
  if (found.runs.some((one) => one.state === "running")) watch();
}

function form(at, watch) {
  const file = h("input", { type: "file", name: "log" }), span = pick(SPANS.slice(1), "7d"), policy = pick(POLICIES, "");
  const floor = h("input", { type: "number", min: "0", max: "100", step: "any", placeholder: "as set" });
  const wrong = h("p", { class: "warned", role: "alert", hidden: true });
  const asked = () => ({ policy: policy.value, floor: floor.value ? String(Number(floor.value) / 100) : "" });
  const send = async (given, body) => {
    wrong.hidden = true;
    try {
      await upload(`backtests${query({ ...asked(), ...given })}`, body, at.signal);
      watch();
    } catch (error) {
      if (at.signal.aborted) return;
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
  };
  const chosen = (one) => (one ? send({ name: one.name }, one) : (wrong.textContent = "Choose a file first.", wrong.hidden = false));
  const drop = h("div", { class: "drop" }, field("A log of your own", file, "Claude Code, Codex, LiteLLM, OpenTelemetry or a table; plain or gzipped; or drop it here"),
    h("div", {}, h("button", { type: "button", class: "strong", onclick: () => chosen(file.files[0]) }, "Replay the log")));
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.toggle("over", over); if (name === "drop") chosen(event.dataTransfer.files[0]); });
  }
  return [h("div", { class: "filters" }, field("Policy to try", policy), field("Floor, points below the reference", floor)),
    h("div", { class: "beside-each-other" }, h("div", { class: "drop" }, field("What was served here", span), h("div", {}, h("button", { type: "button", class: "strong", onclick: () => send({ ledger: span.value }, "") }, "Replay the ledger"))), drop), wrong];
}

/** Ask how far the run is until none runs. */
async function watching(at, runs, page) {
  for (let wait = 300; !at.signal.aborted; wait = Math.min(wait * 1.5, 3000)) {
    try {
      const found = await read("backtests", at.signal);
      draw(runs, page, found.runs, at, true);
      if (!found.runs.some((one) => one.state === "running")) return;
    } catch (error) {
      if (!(error instanceof Wrong)) return;
    }
    await pause(wait, at.signal);
  }
}

function draw(place, page, runs, at, fresh = false) {
  const words = { running: "running", done: "done", failed: "failed" }, kind = { running: "picked", done: "good", failed: "warned" };
  const open = (one) => put(page, panel(`Report: ${one.name}`, [
    one.page ? h("iframe", { src: new URL(`../admin/reports/${one.id}`, location.href).href, title: `The report of ${one.name}`, sandbox: "", referrerpolicy: "no-referrer" })
      : [notice("Pictures need the plot extra: pip install 'tierwise[plot]'. This is the report in text."), h("pre", { tabindex: "0" }, one.said)]],
  one.page ? h("a", { href: new URL(`../admin/reports/${one.id}`, location.href).href, target: "_blank", rel: "noopener noreferrer" }, "In a window of its own") : null));
  put(place, runs.length ? scrolled("Runs", table({
    caption: "The latest few; they are forgotten when the gateway ends.", quiet: true, rows: runs, columns: [
      { title: "Of", kind: "cut", cell: (one) => one.name },
      { title: "Began", cell: (one) => say.moment(one.at) },
      { title: "State", cell: (one) => h("span", { class: `chip ${kind[one.state]}` }, words[one.state]) },
      { title: "What was said", kind: "words", wide: true, cell: (one) => (one.state === "failed" ? h("span", { class: "warned" }, one.said.trim().split("\n").at(-1)) : one.said.split("\n")[0]) },
      { title: "", says: "Report", cell: (one) => (one.state === "done" ? h("button", { type: "button", class: "quiet", onclick: () => open(one) }, "Show the report") : "") },
    ] })) : h("p", { class: "muted" }, "None yet."));
  if (fresh && runs[0]?.state === "done") open(runs[0]);
}
