// Budgets: how much of each is used, what is set aside for requests under way, and when it begins anew. Admins set them.
import { field, h, panel, pick, scrolled, table } from "./dom.js";
import { change, read } from "./api.js";
import { lay, notice } from "./parts.js";
import * as say from "./say.js";

const PERIODS = [["month", "a month"], ["week", "a week"], ["day", "a day"], ["total", "in all"]];
const SCOPES = [["all", "everything"], ["team", "a team"], ["project", "a project"], ["key", "a key"], ["tag", "a tag"]];

export async function show(at, main) {
  const found = await read("budgets", at.signal);
  const admin = at.who.role === "admin";
  const again = (said) => show({ ...at, said }, main);
  lay(main, "Budgets", null, at.said ? notice(at.said, "good") : null, found.away ? notice(`The store cannot be asked: ${found.away}. What budgets have used is unknown until it is back; the gateway goes on within what it holds.`, "warned") : null,
    scrolled("Budgets", list(found, admin, again)),
    admin ? panel("Set a budget", form(found, again)) : h("p", { class: "prose muted" }, "Only a key with the role admin sets budgets."));
}

function list(found, admin, again) {
  const used = (row) => (row.spent === null ? null : row.spent / row.limit);
  return table({
    caption: "Periods begin at midnight UTC, weeks on Monday. Held: set aside for requests under way, settled with what they really cost.", rows: found.budgets,
    empty: admin ? "No budget is set: nothing limits what is spent. Set one below, or in tierwise.yaml." : "No budget is set: nothing limits what is spent.", columns: [
      { title: "Budget", cell: (row) => [row.name, row.source === "store" ? null : h("span", { class: "under" }, row.source)] },
      { title: "For", wide: true, cell: (row) => (row.scope === "all" ? "everything" : `${row.scope} ${row.of}`) },
      { title: "Limit", number: true, cell: (row) => `${say.money(row.limit, 2)} ${row.period === "total" ? "in all" : `a ${row.period}`}` },
      { title: "Spent", number: true, cell: (row) => say.money(row.spent, 2) },
      { title: "Held", number: true, wide: true, cell: (row) => say.money(row.held, 2) },
      { title: "Left", number: true, wide: true, cell: (row) => (row.spent === null ? say.UNKNOWN : say.money(Math.max(0, row.limit - row.spent - row.held), 2)) },
      { title: "Used", wide: true, cell: meter },
      { title: "", says: "Share", number: true, cell: (row) => say.share(used(row), 1, 0) },
      { title: "Renews", wide: true, cell: (row) => (row.renews === null ? "never" : `${say.dayUtc(row.renews)}, in ${say.span(row.renews - found.now)}`) },
      { title: "Near the limit", wider: true, kind: "words", cell: (row) => [row.degrade === null ? "" : `cheapest tier from ${say.share(row.degrade, 1, 0)}; `, `alerts at ${row.alerts.map((one) => say.share(one, 1, 0)).join(", ") || "none"}${row.webhook ? ", by webhook" : ""}`] },
      ...(admin ? [{ title: "", says: "Remove", cell: (row) => (row.source === "store" ? dropper(row, again) : "") }] : []),
    ] });
}

function meter(row) {
  const made = h("span", { class: "meter", "aria-hidden": "true" });
  const part = (amount, name) => {
    const inner = h("i", { class: name });
    inner.style.width = `${Math.min(100, 100 * (amount ?? 0) / row.limit)}%`;
    made.append(inner);
  };
  part(row.spent, row.spent >= row.limit * (row.degrade ?? 0.8) ? "warned" : "");
  part(row.held, "held");
  return made;
}

function dropper(row, again) {
  const made = h("button", { type: "button", class: "quiet", "aria-label": `Remove the budget ${row.name}` }, "Remove");
  made.addEventListener("click", async () => {
    if (made.dataset.sure !== "1") {
      made.dataset.sure = "1";
      made.textContent = "Really remove?";
      return;
    }
    try {
      await change("DELETE", `budgets/${encodeURIComponent(row.name)}`);
      again(`The budget ${row.name} is gone.`);
    } catch (error) {
      made.replaceWith(h("span", { class: "warned", role: "alert" }, error.message));
    }
  });
  return made;
}

function form(found, again) {
  const text = (given) => h("input", { autocomplete: "off", ...given });
  const name = text({ required: true, maxlength: "200", placeholder: "monthly" }), limit = text({ type: "number", required: true, min: "0.000001", step: "any", inputmode: "decimal", placeholder: "500" });
  const period = pick(PERIODS, "month"), scope = pick(SCOPES, "all"), of = text({ placeholder: "its name", disabled: true });
  const degrade = text({ type: "number", min: "1", max: "100", step: "any", placeholder: "never" }), alerts = text({ value: "50, 80, 100", pattern: "[0-9., ]*" }), hook = text({ type: "url", placeholder: "https://\u2026" });
  const wrong = h("p", { class: "warned", role: "alert", hidden: true }), button = h("button", { class: "strong" }, "Set");
  scope.addEventListener("change", () => { of.disabled = scope.value === "all"; of.required = !of.disabled; if (of.disabled) of.value = ""; });
  const share = (value) => Number(value) / 100;
  return h("form", { class: "grid", onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    wrong.hidden = true;
    const kept = found.budgets.find((one) => one.name === name.value.trim());
    try {
      await change("POST", "budgets", {
        name: name.value.trim(), limit: Number(limit.value), period: period.value, scope: scope.value, of: of.value.trim(),
        degrade: degrade.value ? share(degrade.value) : null, alerts: alerts.value.split(",").map((one) => one.trim()).filter(Boolean).map(share), webhook: hook.value.trim(),
      });
      again(`The budget ${name.value.trim()} is ${kept ? "changed" : "set"}.`);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      button.disabled = false;
    }
  } },
  field("Name", name, "one that is there already is changed"), field("Limit in dollars", limit), field("Period", period), field("For", scope), field("Which one", of),
  field("Cheapest tier from, %", degrade, "of the limit; empty: never"), field("Alerts at, %", alerts), field("Webhook for alerts", hook, "empty: the log only"),
  h("div", { class: "acts" }, button, wrong));
}
