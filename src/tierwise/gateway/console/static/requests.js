// Requests: a list to filter and to follow, and one request with everything that was decided, tried, used and paid.
import { field, h, pick, scrolled, tell } from "./dom.js";
import { follow, query, read, Wrong } from "./api.js";
import { away, lay, link, notice, pointing, requestsTable, SPANS, turn } from "./parts.js";
import * as one from "./request.js";
import * as say from "./say.js";

const PAGE = 100;
const MOST = 300;
const FIELDS = [["model", "Model"], ["task", "Task"], ["key", "Key"], ["team", "Team"], ["client", "Client"]];

export async function show(at, main) {
  if (at.tail) {
    await one.show(at, main);
    return;
  }
  const given = { span: "7d", ...at.given };
  const found = await read(`requests${query({ ...given, follow: "", limit: PAGE })}`, at.signal);
  const go = (more) => turn("requests", "", { ...given, before: "", ...more });
  const rows = requestsTable(found.rows, caption(found, given), { empty: empty(given) });
  const on = given.follow === "1" && !given.before;
  const toggle = h("button", { type: "button", "aria-pressed": String(on), class: on ? "strong" : "", onclick: () => go({ follow: on ? "" : "1" }) }, on ? "Following" : "Follow live");
  lay(main, "Requests", toggle, away(found), filters(given, go),
    !found.rows.length && nothing(given) ? pointing() : scrolled("Requests", rows), pages(found, given));
  if (on) following(at, rows, given);
  naming(at, main, given);
}

/** What can be picked from: that takes longer to find than the first page of requests, so it comes after. */
async function naming(at, main, given) {
  try {
    const names = await read(`names${query({ span: given.span })}`, at.signal);
    for (const [name] of FIELDS) {
      const list = main.querySelector(`select[name="${name}"]`);
      const known = new Set([...(list?.options ?? [])].map((one) => one.value));
      list?.append(...names[name].filter((value) => !known.has(value)).map((value) => h("option", { value }, value)));
    }
  } catch (error) {
    if (!(error instanceof Wrong) && !at.signal.aborted) throw error;
  }
}

const nothing = (given) => Object.entries(given).every(([name, value]) => !value || ["follow"].includes(name) || (name === "span" && value === "all"));

function caption(found, given) {
  const what = found.rows.length ? `${say.counted(found.rows.length, "request")}${found.next ? ", more before" : ""}` : "No request";
  return `${what}; the newest first. Times are your own clock's.${given.follow === "1" ? " New ones come in on top." : ""}`;
}

const empty = (given) => (given.before ? "There are no older requests." : "No request fits what is asked for. Take a longer range or fewer filters.");

function filters(given, go) {
  const text = h("input", { type: "search", value: given.text ?? "", placeholder: "tw-…", spellcheck: "false", autocomplete: "off", onchange: (event) => go({ text: event.target.value.trim() }) });
  const list = (name) => {
    const chosen = given[name] ?? "";
    return pick([["", "any"], ...(chosen ? [[chosen, chosen]] : [])], chosen, { name, onchange: (event) => go({ [name]: event.target.value }) });
  };
  return h("form", { class: "filters", role: "search", "aria-label": "Filter the requests", onsubmit: (event) => { event.preventDefault(); go({ text: text.value.trim() }); } },
    field("Range", pick(SPANS, given.span, { onchange: (event) => go({ span: event.target.value }) })),
    FIELDS.map(([name, title]) => field(title, list(name))),
    field("Status", pick([["", "any"], ["failed", "failed"], ["fine", "without a fault"]], given.status ?? "", { onchange: (event) => go({ status: event.target.value }) })),
    field("Id or session begins with", text),
    [...FIELDS.map(([name]) => name), "status", "text", "session", "endpoint", "policy", "project"].some((name) => given[name])
      ? h("button", { type: "button", class: "quiet", onclick: () => turn("requests", "", { span: given.span }) }, "Clear") : null);
}

function pages(found, given) {
  if (!found.next && !given.before) return null;
  return h("nav", { class: "top", "aria-label": "Pages of requests" },
    given.before ? h("a", { class: "button", href: link("requests", "", { ...given, before: "" }) }, "Newest") : null,
    found.next ? h("a", { class: "button", href: link("requests", "", { ...given, before: found.next, follow: "" }) }, "Older") : null);
}

async function following(at, rows, given) {
  let fresh = 0, told = 0;
  try {
    await follow({ ...given, follow: "", span: "" }, (event) => {
      if (event.name === "missed") tell(`${say.counted(event.data.missed, "request")} came too fast to be shown.`);
      if (event.name !== "request" || !rows.add(event.data, MOST)) return;
      fresh += 1;
      if (Date.now() - told < 4000) return;
      told = Date.now();
      tell(`${say.counted(fresh, "new request")}.`);
      fresh = 0;
    }, at.signal);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    rows.closest(".scroll").before(notice(error.message, "warned"));
  }
}
