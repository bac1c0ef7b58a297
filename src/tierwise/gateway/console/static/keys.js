// Keys: who may ask and who may look. Admins make, rotate and revoke them; a secret is shown once, when it is made.
import { copier, field, h, panel, pick, put, scrolled, table } from "./dom.js";
import { change, read } from "./api.js";
import { lay, link, notice } from "./parts.js";
import * as say from "./say.js";

const ROLES = [["client", "client: asks for answers"], ["reader", "reader: sees the console"], ["admin", "admin: changes keys and budgets"]];

export async function show(at, main) {
  const found = await read("keys", at.signal);
  const admin = at.who.role === "admin";
  const again = (made) => show({ ...at, made }, main);
  lay(main, "Keys", null, at.made ? fresh(at.made) : null, found.away ? notice(`The store cannot be asked: ${found.away}. Keys of the store cannot be listed until it is back; those that are known go on working.`, "warned") : null,
    scrolled("Keys", list(found, admin, again)),
    admin ? panel(at.who.open ? "Make the first key" : "Make a key", form(at, found, again)) : h("p", { class: "prose muted" }, "Only a key with the role admin makes, rotates and revokes keys."));
}

/** A secret that was just made, or what else has just been done. */
function fresh(made) {
  if (!made.secret) return notice(made.text, "good");
  return h("div", { class: "notice good", role: "status" }, h("p", {}, made.text, " Copy it now: it is shown this once, and only its digest is kept."),
    h("div", { class: "secret" }, h("code", {}, made.secret), copier(made.secret, "the key")));
}

const limits = (row) => [row.requests ? `${say.count(row.requests)} requests/min` : "", row.tokens ? `${say.tokens(row.tokens)} tokens/min` : "", row.concurrency ? `${row.concurrency} at once` : ""].filter(Boolean).join(", ") || "none";
const may = (row) => [row.models.length ? row.models.join(", ") : "all models", row.policies.length ? `policies ${row.policies.join(", ")}` : ""].filter(Boolean).join("; ");

function state(row, found) {
  if (row.past) return h("span", { class: "chip warned" }, row.past);
  if (row.expires) return h("span", { class: "chip good" }, `until ${say.date(row.expires)}`);
  return h("span", { class: "chip good" }, row.id && row.id === found.mine ? "yours" : "good");
}

function list(found, admin, again) {
  return table({
    caption: "Secrets are nowhere kept and cannot be shown again.", rows: found.keys.map((row) => ({ ...row, mark: row.past ? "weak" : "" })),
    empty: admin ? "No key yet: whoever reaches the gateway on this machine may ask. Make the first one below." : "No key yet.", columns: [
      { title: "Key", cell: (row) => [row.name, h("span", { class: "under" }, row.id || row.source)] },
      { title: "Role", cell: (row) => row.role },
      { title: "State", cell: (row) => state(row, found) },
      { title: "Owner", wider: true, cell: (row) => say.named(row.owner, "\u2013") },
      { title: "Team, project", wide: true, cell: (row) => [[row.team, row.project].filter(Boolean).join(", ") || "\u2013", row.tags.length ? h("span", { class: "under" }, row.tags.join(", ")) : null] },
      { title: "Decided by", wide: true, kind: "cut", cell: (row) => [row.policy || found.policy, row.floor === null ? "" : `, floor ${say.points(row.floor)}`, h("span", { class: "under", title: may(row) }, may(row))] },
      { title: "Limits", wide: true, kind: "fold", cell: limits },
      { title: "Made", wider: true, cell: (row) => (row.created ? say.date(row.created) : row.source) },
      { title: "", says: "Actions", cell: (row) => [h("a", { href: link("requests", "", { key: row.name, span: "30d" }) }, "Requests"), " ", admin && row.source === "store" && !row.past ? acts(row, again) : null] },
    ] });
}

function acts(row, again) {
  const place = h("span", {});
  const ask = (what, words, act) => h("button", { type: "button", class: "quiet", "aria-label": `${what} the key ${row.name}`, onclick: () => {
    put(place, h("span", { class: "warned" }, words), " ", h("button", { type: "button", class: "quiet", onclick: async (event) => {
      event.target.disabled = true;
      try {
        again(await act());
      } catch (error) {
        put(place, h("span", { class: "warned", role: "alert" }, error.message));
      }
    } }, what), h("button", { type: "button", class: "quiet", onclick: () => first() }, "Not now"));
    place.querySelector("button").focus();
  } }, what);
  const name = encodeURIComponent(row.id);
  const first = () => put(place,
    ask("Rotate", "The old secret ends at once.", async () => ({ ...await change("POST", `keys/${name}/rotate`), text: `${row.name} has a new secret; the old one is good no more.` })),
    ask("Revoke", "It ends within two seconds, for good.", async () => { await change("DELETE", `keys/${name}`); return { text: `${row.name} is revoked.` }; }));
  first();
  return place;
}

function form(at, found, again) {
  const first = at.who.open;
  const text = (given) => h("input", { autocomplete: "off", ...given }), number = (given) => text({ type: "number", min: "1", step: "1", placeholder: "no limit", ...given });
  const name = text({ required: true, maxlength: "100", placeholder: "ana" }), role = pick(first ? ROLES.slice(2) : ROLES, first ? "admin" : "client"), owner = text({}), team = text({}), project = text({}), tags = text({ placeholder: "eu, batch" });
  const expires = pick([["", "never"], ["7d", "in 7 days"], ["30d", "in 30 days"], ["90d", "in 90 days"], ["365d", "in a year"]], "");
  const models = text({ placeholder: "all" }), policy = text({ placeholder: found.policy }), floor = text({ type: "number", min: "0", max: "100", step: "any", placeholder: String(100 * found.floor) });
  const requests = number({}), tokens = number({}), concurrency = number({}), bodies = h("input", { type: "checkbox" });
  const wrong = h("p", { class: "warned", role: "alert", hidden: true }), button = h("button", { class: "strong" }, "Make the key");
  const words = (input) => input.value.split(",").map((one) => one.trim()).filter(Boolean), whole = (input) => (input.value ? Number(input.value) : null);
  return h("form", { class: "grid", onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    wrong.hidden = true;
    try {
      const made = await change("POST", "keys", {
        name: name.value.trim(), role: role.value, owner: owner.value.trim(), team: team.value.trim(), project: project.value.trim(), tags: words(tags), expires: expires.value,
        models: words(models), policy: policy.value.trim(), floor: floor.value ? Number(floor.value) / 100 : null,
        requests: whole(requests), tokens: whole(tokens), concurrency: whole(concurrency), bodies: bodies.checked,
      });
      const told = { ...made, text: `The key ${name.value.trim()} is made.${first ? " From now on everybody needs a key; this tab has signed in with it." : ""}` };
      await (first ? at.renewed(made.secret, told) : again(told));
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      button.disabled = false;
    }
  } },
  first ? h("p", { class: "acts" }, "Once there is a key, everybody needs one, and so does this console. So the first one is an admin's, and this tab signs in with it.") : null,
  field("Name", name), field("Role", role), field("Owner", owner), field("Team", team), field("Project", project), field("Tags", tags, "with commas between"),
  field("Expires", expires), field("Models it may use", models, "with commas between"), field("Decided by the policy", policy), field("Floor, points", floor),
  field("Requests a minute", requests), field("Tokens a minute", tokens), field("Requests at once", concurrency), field("Keep what is asked and answered", bodies, "word for word, redacted"),
  h("div", { class: "acts" }, button, wrong));
}
