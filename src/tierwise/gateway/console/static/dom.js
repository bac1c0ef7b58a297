// Elements, tables and what pages are put together from. Text goes in as text only: nothing that a log holds becomes markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, given, children) {
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** An HTML element: its name, its attributes ("onclick" listens), what is in it. */
export const h = (name, given, ...children) => filled(document.createElement(name), given, children);

/** An SVG element. */
export const s = (name, given, ...children) => filled(document.createElementNS(SVG, name), given, children);

/** Put something in the place of all that an element holds. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** Tell people who listen to the page instead of looking at it. */
export function tell(text) {
  const place = document.getElementById("said");
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

/**
 * A table: columns are {title, unit, number, wide, cell(row)}; the first one heads its row. `wide` columns go where the page is narrow, `wider` ones already before.
 * `link(row)` is where a row leads; a click anywhere on it goes there, and so does the link in its first cell.
 */
export function table({ caption, columns, rows, link, empty, quiet, foot }) {
  const shown = (column) => [column.number ? "number" : "", column.wide ? "wide" : "", column.wider ? "wide wider" : "", column.kind ?? ""].join(" ").trim() || undefined;
  const head = columns.map((one) => h("th", { scope: "col", class: shown(one), title: one.hint },
    one.title || h("span", { class: "unseen" }, one.says ?? "More"), one.unit ? h("small", {}, " ", one.unit) : null));
  const line = (row) => {
    const to = link?.(row);
    const cells = columns.map((one, at) => {
      const content = one.cell(row);
      const inner = at === 0 && to ? h("a", { href: to, class: "row" }, content) : content;
      return h(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : undefined, class: shown(one) }, inner);
    });
    return h("tr", { class: [to ? "leads" : "", row.mark ?? ""].join(" ").trim() || undefined, onclick: to ? (event) => went(event, to) : undefined }, cells);
  };
  const body = h("tbody", {}, rows.length ? rows.map(line)
    : h("tr", { class: "none" }, h("td", { colspan: columns.length }, empty ?? "Nothing here.")));
  const made = h("table", {}, h("caption", { class: quiet ? "unseen" : undefined }, caption), h("thead", {}, h("tr", {}, head)), body,
    foot ? h("tfoot", {}, line(foot)) : null);
  made.line = line;
  return made;
}

function went(event, to) {
  if (event.target.closest("a, button") || event.metaKey || event.ctrlKey || String(getSelection())) return;
  location.hash = to.slice(1);
}

/** Something wide in a frame of its own that scrolls, reachable by keyboard. */
export const scrolled = (label, ...children) => h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, children);

/** A part of a page with its heading; what stands beside it comes third. */
export const panel = (title, content, beside) => h("section", { class: "panel" },
  h("header", {}, h("h2", {}, title), beside ? h("div", { class: "beside" }, beside) : null), content);

/** Names and what belongs to them. */
export const facts = (pairs) => h("dl", { class: "facts" },
  pairs.filter((one) => one && one[1] !== "" && one[1] !== null && one[1] !== undefined).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));

/** A choice of a few words, as a row of buttons of which one is pressed. */
export function choice(label, options, chosen, chose) {
  const made = h("div", { class: "choice", role: "group", "aria-label": label });
  const mark = (value) => [...made.children].forEach((one) => one.setAttribute("aria-pressed", String(one.value === value)));
  made.append(...options.map(([value, text]) => h("button", { type: "button", value, onclick: () => { mark(value); chose(value); } }, text)));
  mark(chosen);
  return made;
}

/** A field with its name over it. */
export function field(label, control, hint) {
  const name = `f${Math.random().toString(36).slice(2)}`;
  control.id = name;
  return h("div", { class: "field" }, h("label", { for: name }, label), control, hint ? h("small", {}, hint) : null);
}

/** A list to pick from; options are [value, text]. */
export const pick = (options, chosen, given) => h("select", given, options.map(([value, text]) =>
  h("option", { value, selected: value === chosen }, text)));

/** A button that copies a text. */
export function copier(text, what) {
  const made = h("button", { type: "button", class: "quiet", "aria-label": `Copy ${what}` }, "Copy");
  made.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      made.textContent = "Copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(made.previousElementSibling ?? made);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      made.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { made.textContent = "Copy"; }, 2000);
  });
  return made;
}
