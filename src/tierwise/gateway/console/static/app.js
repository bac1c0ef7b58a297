// The frame of the console: which page is shown, who has signed in, and whether the gateway is there.
import { choice, field, h, put, tell } from "./dom.js";
import { heard, keep, key, pause, read, there, Wrong } from "./api.js";
import { notice } from "./parts.js";
import * as overview from "./overview.js";
import * as requests from "./requests.js";

const PAGES = [
  ["overview", "Overview", () => overview],
  ["requests", "Requests", () => requests],
  ["sessions", "Sessions", () => import("./sessions.js")],
  ["cascades", "Cascades", () => import("./cascades.js")],
  ["models", "Models", () => import("./models.js")],
  ["budgets", "Budgets", () => import("./budgets.js")],
  ["keys", "Keys", () => import("./keys.js")],
  ["backtest", "Backtest", () => import("./backtest.js")],
];
const THEMES = [["", "Auto"], ["light", "Light"], ["dark", "Dark"]];
const app = document.getElementById("app");
const frame = { main: null, links: new Map(), shown: null, who: null, lost: false, place: "", made: null };

function themed(value) {
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  try {
    if (value) localStorage.setItem("tierwise-theme", value);
    else localStorage.removeItem("tierwise-theme");
  } catch { /* a browser that keeps nothing shows what it is told to now */ }
}

function theme() {
  try {
    return localStorage.getItem("tierwise-theme") ?? "";
  } catch {
    return "";
  }
}

/** A part of an address as it is meant; one that means nothing stays as it is. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the address leads: {page, tail, given}. */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, ...rest] = path.split("/");
  return { page: page || "overview", tail: decoded(rest.join("/")), given: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

function signIn(message) {
  frame.shown?.abort();
  frame.main = null;
  const entry = h("input", { type: "password", name: "key", autocomplete: "current-password", required: true, spellcheck: "false", placeholder: "tw-…" });
  const wrong = h("p", { class: "warned", role: "alert", hidden: !message }, message);
  const submit = h("button", { class: "strong" }, "Sign in");
  const form = h("form", { class: "start", onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    keep(entry.value.trim());
    await begin(true);
    submit.disabled = false;
  } }, h("img", { src: "icon.svg", alt: "" }), h("h1", {}, "Sign in to tierwise"),
  h("p", { class: "muted" }, "With a key whose role is reader or admin. It stays in this tab and goes nowhere but to this gateway."),
  h("input", { type: "text", name: "username", autocomplete: "username", value: "tierwise", hidden: true, tabindex: "-1" }), field("Key", entry), wrong, h("div", {}, submit),
  h("p", { class: "muted" }, "No such key yet? On the gateway's machine: ", h("code", {}, "tierwise keys create --role admin NAME")));
  put(app, h("main", { id: "main", tabindex: "-1" }, form));
  document.title = "Sign in · tierwise";
  entry.focus();
}

function build() {
  const links = PAGES.map(([name, title]) => [name, h("a", { href: `#/${name}` }, title)]);
  frame.links = new Map(links);
  frame.main = h("main", { id: "main", tabindex: "-1" });
  const { who } = frame;
  const leave = key() ? h("button", { type: "button", class: "quiet", onclick: () => { keep(""); signIn(""); } }, "Sign out") : null;
  const about = who.open ? "No sign-in: no keys are set, and only this machine is served." : `${who.name || "a key"}, ${who.role}`;
  frame.banner = h("div", { class: "banner", role: "alert", hidden: true });
  put(app, h("div", { class: "frame" },
    h("div", { class: "side" },
      h("a", { class: "brand", href: "#/overview" }, h("img", { src: "icon.svg", alt: "" }), "tierwise"),
      h("nav", { "aria-label": "Pages" }, links.map(([, link]) => link)),
      h("div", { class: "foot" }, h("p", { class: "about" }, about), choice("Colours", THEMES, theme(), themed), leave,
        h("p", { class: "about" }, `tierwise ${who.version}`))),
    h("div", {}, frame.banner, frame.main)));
}

async function show(again = false) {
  if (!frame.main) return;
  const now = place(), found = PAGES.find(([name]) => name === now.page);
  frame.shown?.abort();
  const stop = frame.shown = new AbortController();
  for (const [name, link] of frame.links) {
    if (name === now.page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  frame.links.get(now.page)?.scrollIntoView({ block: "nearest", inline: "center" });
  if (!found) {
    put(frame.main, h("h1", {}, "No such page"), h("p", { class: "prose" }, h("a", { href: "#/overview" }, "To the overview")));
    return;
  }
  const fresh = frame.place !== `${now.page}/${now.tail}`, first = frame.place === "";
  frame.place = `${now.page}/${now.tail}`;
  document.title = `${now.tail || found[1]} · tierwise`;
  if (fresh) scrollTo(0, 0);
  frame.main.setAttribute("aria-busy", "true");
  try {
    const page = await found[2]();
    const made = frame.made;
    frame.made = null;
    await page.show({ ...now, who: frame.who, signal: stop.signal, made, renewed }, frame.main);
    if (stop.signal.aborted) return;
    if (fresh && !again && !first) {
      const heading = frame.main.querySelector("h1");
      heading?.setAttribute("tabindex", "-1");
      if (document.activeElement?.closest(".side, #main") || document.activeElement === document.body) heading?.focus({ preventScroll: true });
    }
  } catch (error) {
    if (stop.signal.aborted) return;
    if (error instanceof Wrong && error.status === 401) return;
    put(frame.main, h("div", { class: "top" }, h("h1", {}, found[1])), notice(error instanceof Wrong ? error.message : `The page could not be shown: ${error.message}`, "warned"),
      h("button", { type: "button", onclick: () => show() }, "Try again"));
    if (!(error instanceof Wrong)) console.error(error);
  } finally {
    if (!stop.signal.aborted) frame.main.removeAttribute("aria-busy");
  }
}

/** Somebody else from now on: the first key was just made, and what was made has still to be shown. */
async function renewed(secret, made) {
  keep(secret);
  frame.who = await read("me");
  frame.made = made;
  build();
  await show(true);
}

/** While the gateway does not answer: say so, ask again ever less often, and go on where we were. */
async function lost() {
  if (frame.lost || !frame.main) return;
  frame.lost = true;
  for (let wait = 1; frame.lost; wait = Math.min(wait * 2, 15)) {
    for (let left = wait; left > 0 && frame.lost; left -= 1) {
      const now = h("button", { type: "button", class: "quiet", onclick: () => { left = 0; } }, "Try now");
      if (left === wait || frame.banner.hidden) put(frame.banner, h("span", {}, "The connection to the gateway is lost. What is shown may be old. "), h("span", { "aria-hidden": "true", class: "left" }), now);
      frame.banner.hidden = false;
      frame.banner.querySelector(".left").textContent = `Trying again in ${left} s.`;
      for (let tenth = 0; tenth < 10 && left > 0 && frame.lost; tenth += 1) await pause(100);
    }
    if (frame.lost && await there()) found();
  }
}

function found() {
  if (!frame.lost) return;
  frame.lost = false;
  frame.banner.hidden = true;
  tell("The connection is back.");
  show(true);
}

/** A link that was printed for whoever started the gateway, with a key in it (#/key/tw-...): it signs in, and is gone from the address. */
function invited() {
  const found = /^#\/key\/(.+)$/.exec(location.hash);
  if (!found) return;
  keep(decoded(found[1]));
  history.replaceState(null, "", "#/overview");
}

async function begin(tried = false) {
  invited();
  try {
    if (!key() && !(await read("door")).open) return signIn("");
    frame.who = await read("me");
  } catch (error) {
    if (error.status === 401) return signIn(tried || key() ? "The gateway does not know this key." : "");
    if (error.status === 403 && key()) return signIn(error.message);
    put(app, h("main", { id: "main", class: "start" }, h("img", { src: "icon.svg", alt: "" }), h("h1", {}, "The console cannot be shown"),
      h("p", { class: "warned", role: "alert" }, error.message), h("div", {}, h("button", { type: "button", onclick: () => begin() }, "Try again"))));
    return undefined;
  }
  build();
  return show();
}

/** j and k, and the arrow keys with them, go from row to row of the table that is in use. */
function walked(event) {
  if (event.target.closest("input, select, textarea, svg, .scroll:focus") || event.metaKey || event.ctrlKey || event.altKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const rows = [...document.querySelectorAll("#main a.row")].filter((one) => one.offsetParent);
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))]?.focus();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main")?.focus();
});
themed(theme());
heard.lost = lost;
heard.found = found;
heard.signedOut = (message) => signIn(message);
addEventListener("hashchange", () => (location.hash.startsWith("#/key/") ? begin() : show()));
addEventListener("keydown", walked);
begin();
