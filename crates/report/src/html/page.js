"use strict";
// Everything that comes from the report reaches the page as text nodes or through checked addresses; nothing is
// parsed as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const USE = { "in-use": "in use", "unknown": "not known whether in use", "not-seen": "not seen in use" };
const SEVERITIES = ["critical", "high", "medium", "low", "negligible", "unknown"];
const CHUNK = 200;
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en-US");

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}
const badge = (severity) => el("span", { class: "badge s" + severity }, SEVERITIES[severity]);
// Long names break after their separators, not inside a word.
const soft = (text) => text.split(/(?<=[/:])/).flatMap((part, at) => (at ? [el("wbr"), part] : [part]));
const tag = (text, kind, title) => el("span", { class: "tag " + (kind || ""), title }, text);
const outside = (url) => el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, url);
const percent = (share) => (share * 100 >= 9.95 ? Math.round(share * 100) : (share * 100).toFixed(1)) + "%";
const size = (bytes) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (bytes >= 999.5 && at < units.length - 1) { bytes /= 1000; at += 1; }
  return (at === 0 || bytes >= 99.5 ? Math.round(bytes) : bytes.toFixed(1)) + " " + units[at];
};

// A table that draws its rows as they are scrolled to, so that 20,000 of them open at once.
function table(host, columns, draw, emptyText) {
  const body = el("tbody");
  const more = el("div", { class: "more", role: "status" });
  const state = { rows: [], drawn: 0, key: null, down: false };
  const heads = columns.map((column) => {
    const arrow = el("span", { class: "arrow", "aria-hidden": "true" }, "▲");
    const inner = column.key
      ? el("button", { type: "button", onclick: () => sort(column) }, column.name, arrow)
      : el("span", {}, column.name);
    return el("th", { scope: "col", class: column.num ? "num" : null }, inner);
  });
  const grid = el("table", {}, el("thead", {}, el("tr", {}, heads)), body);
  host.replaceChildren(el("div", { class: "card" }, el("div", { class: "scroll" }, grid), more));
  function extend(limit) {
    const part = document.createDocumentFragment();
    for (const end = Math.min(state.drawn + limit, state.rows.length); state.drawn < end; state.drawn += 1) {
      part.append(...draw(state.rows[state.drawn]));
    }
    body.append(part);
    const left = state.rows.length - state.drawn;
    more.textContent = left > 0 ? number.format(left) + " more below" : "";
    more.hidden = left === 0;
  }
  function order() {
    const { key, down } = state;
    if (key) {
      const sign = down ? -1 : 1;
      state.rows.sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }));
      });
    }
    body.replaceChildren();
    state.drawn = 0;
    if (state.rows.length === 0) body.append(el("tr", {}, el("td", { colspan: columns.length }, el("div", { class: "empty" }, emptyText()))));
    extend(CHUNK);
  }
  function sort(column) {
    state.down = state.key === column.key ? !state.down : Boolean(column.down);
    state.key = column.key;
    heads.forEach((head, at) => {
      if (columns[at] === column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      const arrow = head.querySelector(".arrow");
      if (arrow) arrow.textContent = state.down ? "▼" : "▲";
    });
    order();
  }
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && state.drawn < state.rows.length) extend(CHUNK);
  }, { rootMargin: "900px" }).observe(more);
  return { show(rows) { state.rows = rows.slice(); order(); }, all() { extend(Infinity); } };
}

// Findings.
const filter = { text: "", severities: new Set(), fixable: false, exploited: false, layer: "", base: "" };
data.findings.forEach((finding, at) => {
  finding.at = at;
  finding.words = [finding.id, finding.p, finding.v, finding.t, finding.path, finding.f, finding.sh, ...(finding.a || [])].join("\n").toLowerCase();
});
// A column stands only where a finding has something for it: a host has neither versions nor layers.
const columns = [
  { name: "Severity", key: (f) => f.s, cell: (f, toggle) => el("td", { class: "tight" }, toggle, badge(f.s)) },
  { name: "Finding", key: (f) => f.id, cell: (f) => el("td", { class: "what" }, el("span", { class: "id" }, f.id), " ",
    f.k ? tag("known exploited", "s0", "In CISA's catalogue since " + f.k) : null,
    f.kr ? tag("ransomware", "s0") : null,
    f.u ? tag(USE[f.u], f.u === "in-use" ? "s1" : "", f.ud) : null,
    f.h !== undefined ? tag("deleted later", "", "Layer " + f.h + " deletes or replaces the file, which can still be extracted") : null,
    el("span", { class: "title" }, f.t)) },
  { name: data.packages.length ? "Package" : "Where", key: (f) => f.p || f.path || "", cell: (f) => el("td", { class: "name" }, soft(f.p || ""), f.path && (!f.p || !f.sh.includes(":")) ? el("span", { class: "place" }, f.path) : null) },
  { name: "Installed", has: (f) => f.v, cell: (f) => el("td", { class: "version" }, f.v || "") },
  { name: "Fixed in", has: (f) => f.f, key: (f) => (f.x ? "0" : "1") + (f.f || ""), cell: (f) => el("td", { class: "version " + (f.x ? "fixed" : "nofix") }, f.f || "") },
  { name: "CVSS", has: (f) => f.c, key: (f) => f.c || 0, num: true, down: true, cell: (f) => el("td", { class: "num" }, f.c ? f.c.toFixed(1) : "") },
  { name: "EPSS", has: (f) => f.e !== undefined, key: (f) => f.e || 0, num: true, down: true, cell: (f) => el("td", { class: "num tight" }, f.e === undefined ? "" : [percent(f.e), meter(f.e)]) },
  { name: "Layer", has: (f) => f.l !== undefined, key: (f) => (f.l === undefined ? 1e9 : f.l), num: true, cell: (f) => el("td", { class: "num tight" }, f.l === undefined ? "" : [layerOf(f)?.base ? tag("base") : null, String(f.l)]) },
].filter((column) => !column.has || data.findings.some(column.has));
const layerOf = (f) => (f.l === undefined ? null : data.layers.find((candidate) => candidate.index === f.l));
const findings = table(byId("findings"), columns, drawFinding, () => {
  if (data.findings.length > 0) return [el("b", {}, "Nothing matches"), "Loosen the filters to see the other findings."];
  if (data.gaps.length > 0) return [el("b", {}, "No findings"), "But some things could not be looked at: see Gaps."];
  return [el("b", {}, "No findings"), "Everything was looked at and judged."];
});
function drawFinding(f) {
  const toggle = el("button", { class: "toggle", type: "button", "aria-expanded": "false", "aria-label": "Details of " + f.id }, "▶");
  const row = el("tr", { class: "row" }, columns.map((column) => column.cell(f, toggle)));
  row.addEventListener("click", (event) => {
    if (event.target.closest("a") || String(window.getSelection())) return;
    const open = row.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
    if (open) row.after(el("tr", {}, el("td", { class: "detail", colspan: columns.length }, details(f, layerOf(f)))));
    else row.nextSibling.remove();
  });
  return [row];
}
function meter(share) {
  const fill = el("i");
  fill.style.width = Math.max(2, share * 100) + "%";
  return el("span", { class: "meter", "aria-hidden": "true" }, fill);
}
function details(f, layer) {
  const list = el("dl");
  const put = (name, ...value) => { if (value.flat().length && value[0] !== undefined && value[0] !== "") list.append(el("dt", {}, name), el("dd", {}, ...value)); };
  const code = (text) => el("div", { class: "code" }, text);
  put("What", f.t);
  put("Where", f.path && code(f.path));
  if (layer) put("Layer", layerLine(layer), layer.instruction ? code(layer.instruction) : "");
  put("Remedy", f.rem);
  if (!f.rem) put("Fix", f.f ? (f.x ? "upgrade to " : "") + f.f : undefined);
  if (f.ev) put("Seen", f.ev.map(code));
  if (f.a) put("Also known as", f.a.join(", "));
  if (f.rs) put("Ratings", el("table", {}, el("tbody", {}, f.rs.map(([source, severity, score, vector]) => el("tr", {},
    el("td", {}, source + (source === f.src ? " (shown)" : "")), el("td", {}, badge(severity)), el("td", { class: "num" }, score ? score.toFixed(1) : ""), el("td", { class: "mono" }, vector || ""))))));
  if (f.e !== undefined) put("EPSS", percent(f.e) + " chance of exploitation within 30 days, above " + Math.floor(f.ep * 1000) / 10 + "% of all vulnerabilities");
  if (f.k) put("Exploited", "in CISA's catalogue since " + f.k + (f.kd ? ", due " + f.kd : "") + (f.kr ? ", used by ransomware" : ""));
  if (f.u) put("Use", USE[f.u] + ": " + f.ud);
  if (f.w) put("Weakness", f.w.join(", "));
  put("Matched", f.m && code(f.m));
  put("Package URL", f.purl && code(f.purl));
  put("Published", f.pub);
  if (f.r) put("Read on", el("ul", {}, f.r.map((url) => el("li", {}, outside(url)))));
  put("Fingerprint", el("span", { class: "mono muted" }, f.fp));
  return list;
}
const layerLine = (layer) => "layer " + layer.index + (layer.base ? ", base image" : "") + (layer.digest ? ", " + layer.digest : "");

function applyFilter() {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = data.findings.filter((f) =>
    (filter.severities.size === 0 || filter.severities.has(f.s)) &&
    (!filter.fixable || f.x) && (!filter.exploited || f.k) &&
    (filter.layer === "" || f.l === Number(filter.layer)) &&
    (filter.base === "" || Boolean(f.b) === (filter.base === "base")) &&
    words.every((word) => f.words.includes(word)));
  findings.show(shown);
  byId("count").textContent = number.format(shown.length) + " of " + number.format(data.findings.length);
  document.querySelectorAll("[data-severity]").forEach((tile) => tile.setAttribute("aria-pressed", String(filter.severities.has(Number(tile.dataset.severity)))));
  document.querySelectorAll("[data-only]").forEach((tile) => tile.setAttribute("aria-pressed", String(filter[tile.dataset.only])));
  byId("fixable").checked = filter.fixable;
  byId("exploited").checked = filter.exploited;
  byId("layer").value = filter.layer;
}
// Filters that would let everything through are not offered.
for (const [id, has] of [["fixable", (f) => f.x], ["exploited", (f) => f.k], ["layer", (f) => f.l !== undefined], ["base", (f) => f.b]]) {
  const control = byId(id).closest("label") || byId(id);
  control.hidden = !data.findings.some(has);
}
let pause;
byId("search").addEventListener("input", (event) => {
  clearTimeout(pause);
  pause = setTimeout(() => { filter.text = event.target.value; applyFilter(); }, 80);
});
byId("fixable").addEventListener("change", (event) => { filter.fixable = event.target.checked; applyFilter(); });
byId("exploited").addEventListener("change", (event) => { filter.exploited = event.target.checked; applyFilter(); });
byId("layer").addEventListener("change", (event) => { filter.layer = event.target.value; applyFilter(); });
byId("base").addEventListener("change", (event) => { filter.base = event.target.value; applyFilter(); });
document.querySelectorAll("[data-severity]").forEach((tile) => tile.addEventListener("click", () => {
  const severity = Number(tile.dataset.severity);
  if (!filter.severities.delete(severity)) filter.severities.add(severity);
  select("findings");
  applyFilter();
}));
document.querySelectorAll("[data-only]").forEach((tile) => tile.addEventListener("click", () => {
  filter[tile.dataset.only] = !filter[tile.dataset.only];
  select("findings");
  applyFilter();
}));

// Layers.
function spread(counts) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bar = el("div", { class: "bar", "aria-hidden": "true" });
  counts.forEach((count, severity) => {
    if (count === 0) return;
    const part = el("i", { class: "s" + severity });
    part.style.flexGrow = count / total;
    bar.append(part);
  });
  return bar;
}
byId("layers").append(...data.layers.slice().reverse().map((layer) => {
  const counts = SEVERITIES.map((_, severity) => data.findings.filter((f) => f.l === layer.index && f.s === severity).length);
  const words = counts.map((count, severity) => count && number.format(count) + " " + SEVERITIES[severity]).filter(Boolean).join(", ");
  const show = () => { filter.layer = String(layer.index); select("findings"); applyFilter(); };
  return el("li", { class: "card layer" + (layer.base ? " base" : "") },
    el("div", { class: "index" }, String(layer.index)),
    el("div", {},
      el("div", { class: "instruction" }, layer.instruction || "the image does not tell the instruction"),
      el("div", { class: "sub" }, layer.base ? tag("base image", "s3") : null, layer.size === undefined ? "" : size(layer.size) + " · ", el("span", { class: "mono" }, layer.digest || ""))),
    el("div", {},
      words ? el("button", { class: "linky counts", type: "button", onclick: show }, words) : el("span", { class: "counts" }, "nothing found here"), spread(counts)));
}));
byId("layer").append(...data.layers.map((layer) => el("option", { value: layer.index }, layer.index + (layer.base ? " (base) " : " ") + (layer.instruction || layer.digest || "").slice(0, 60))));

// Packages.
const perPackage = new Map();
data.findings.forEach((f) => { if (f.purl) perPackage.set(f.purl + "\n" + (f.path || ""), (perPackage.get(f.purl + "\n" + (f.path || "")) || 0) + 1); });
data.packages.forEach((p) => { p.words = [p.n, p.v, p.e, p.path].join("\n").toLowerCase(); p.count = perPackage.get(p.purl + "\n" + p.path) || 0; });
const packages = table(byId("packages"), [
  { name: "Package", key: (p) => p.n }, { name: "Version" }, { name: "Ecosystem", key: (p) => p.e },
  { name: "Found in", key: (p) => p.path }, { name: "Licences", key: (p) => p.lic || "" },
  { name: "Layer", key: (p) => (p.l === undefined ? 1e9 : p.l), num: true }, { name: "Findings", key: (p) => p.count, num: true, down: true },
], (p) => [el("tr", {},
  el("td", { class: "name" }, soft(p.n), p.src ? el("span", { class: "title" }, "built from " + p.src) : null),
  el("td", { class: "version" }, p.v), el("td", {}, p.e), el("td", { class: "name mono" }, p.path),
  el("td", {}, p.lic || ""), el("td", { class: "num" }, p.l === undefined ? "" : String(p.l)),
  el("td", { class: "num" }, p.count ? el("button", { class: "linky", type: "button", onclick: () => { filter.text = byId("search").value = p.n; select("findings"); applyFilter(); } }, number.format(p.count)) : "0"))],
() => [el("b", {}, "No packages"), data.packages.length ? "Nothing matches." : "The image holds none that are known to Seawall."]);
byId("package-search").addEventListener("input", (event) => {
  const word = event.target.value.toLowerCase();
  packages.show(data.packages.filter((p) => p.words.includes(word)));
});

// Gaps, advisories, what was suppressed.
const reasons = new Map();
data.gaps.forEach((gap) => reasons.set(gap.reason, [...(reasons.get(gap.reason) || []), gap]));
byId("gaps").append(...[...reasons].map(([reason, gaps]) => el("section", { class: "card list" },
  el("h2", {}, reason, el("span", { class: "muted" }, number.format(gaps.length))),
  el("div", { class: "scroll" }, el("table", {}, el("tbody", {}, gaps.map((gap) => el("tr", {}, el("td", { class: "mono" }, gap.what), el("td", {}, gap.detail)))))))));
if (!data.gaps.length) byId("gaps").append(el("div", { class: "card empty" }, el("b", {}, "No gaps"), "Everything was looked at."));
table(byId("advisories"), [{ name: "Advisories for" }, { name: "Newest of" }, { name: "Number", num: true }, { name: "Origin" }, { name: "Packages judged", num: true }],
  (shard) => [el("tr", {}, el("td", { class: "mono" }, shard.shard),
    el("td", {}, shard.date || tag("none at hand", "warn"), " ", shard.advisories && !shard.is_complete ? tag("incomplete", "warn") : null),
    el("td", { class: "num" }, number.format(shard.advisories)), el("td", {}, shard.origin), el("td", { class: "num" }, number.format(shard.packages)))],
  () => [el("b", {}, "No advisories were asked for"), ""]).show(data.advisories);
table(byId("suppressed"), [{ name: "Severity" }, { name: "Finding" }, { name: "Package" }, { name: "By" }, { name: "Reason" }],
  (item) => [el("tr", {}, el("td", {}, badge(item.f.s)), el("td", {}, el("span", { class: "id" }, item.f.id), el("span", { class: "title" }, item.f.t)),
    el("td", { class: "name" }, item.f.p || "", " ", el("span", { class: "muted" }, item.f.v || "")), el("td", { class: "tight" }, item.by), el("td", { class: "name" }, item.reason))],
  () => [el("b", {}, "Nothing was suppressed"), ""]).show(data.suppressed);

// Tabs (WAI-ARIA Authoring Practices, "Tabs").
const tabs = [...document.querySelectorAll("[role=tab]:not([hidden])")];
function select(name) {
  tabs.forEach((tab) => {
    const chosen = tab.id === "tab-" + name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  });
}
tabs.forEach((tab, at) => {
  tab.addEventListener("click", () => select(tab.id.slice(4)));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(at + step + tabs.length) % tabs.length];
    select(next.id.slice(4));
    next.focus();
  });
});
document.querySelectorAll("[data-tab]").forEach((button) => button.addEventListener("click", () => select(button.dataset.tab)));
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
window.addEventListener("beforeprint", () => { findings.all(); packages.all(); });
packages.show(data.packages);
applyFilter();
const wanted = location.hash.replace("#view=", "tab-");
if (tabs.some((tab) => tab.id === wanted)) select(wanted.slice(4));
