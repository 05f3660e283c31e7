"use strict";
const $ = id => document.getElementById(id);
const PAGE = 10, SAMPLE = 20, MANY = 100, CONTINUATIONS = 50, LINKED = 8000, CONTEXT = 160, EVIDENCE_CONTEXT = 80, PIECE = 200000, ROWS = 100;
const encoder = new TextEncoder(), decoder = new TextDecoder();
const integer = n => n.toLocaleString("en-US");
const plural = (n, one, many) => n === 1 ? one : many;
const sum = numbers => numbers.reduce((total, n) => total + n, 0);
const el = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const size = n => {
  for (const [unit, bytes] of [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["KB", 1e3]])
    if (n >= bytes) return (n / bytes).toFixed(n / bytes < 10 ? 1 : 0) + " " + unit;
  return n + " bytes";
};
const milliseconds = ms => ms < 1 ? Math.max(1, Math.round(ms * 1000)) + " µs" : ms < 100 ? ms.toFixed(1) + " ms" : Math.round(ms) + " ms";
function save(name, type, ...parts) {
  const link = el("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/* ---- talking to the server ---- */
class Kind extends Error { constructor(message, hint) { super(message); this.hint = hint; } }
let asking = null;
function askToken() {
  asking = asking || new Promise(done => {
    $("token").value = "";
    $("login-hint").textContent = (sessionStorage.getItem("token") ? "The token that was sent is not the server's. " : "") + "It is kept in this browser tab only.";
    $("login").showModal();
    $("login").onclose = () => { sessionStorage.setItem("token", $("token").value); asking = null; done(); };
  });
  return asking;
}
async function send(path, type, body, signal) {
  const headers = body ? { "Content-Type": type } : {};
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = "Bearer " + token;
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Kind("The server does not answer.", "It may be restarting, or the connection was lost. Your text is kept.");
  }
  if (response.status === 401) { await askToken(); return send(path, type, body, signal); }
  if (response.ok) {
    const answer = await response.json();
    if (answer.missing_parts) tellMissing(answer.missing_parts);
    return answer;
  }
  const problem = await response.json().catch(() => ({}));
  if (response.status === 429) throw new Kind("The server is busy.", "Wait a moment, then try again.");
  if (response.status === 504) throw new Kind("The request took longer than this server allows.", problem.hint);
  throw new Kind(sentence(problem.detail || "The server answered " + response.status + "."), problem.hint && hinted(problem.hint));
}
const call = (path, body, signal) => send(path, "application/json", body && JSON.stringify(body), signal);
const sentence = text => (/^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text) + (/[.!?]$/.test(text) ? "" : ".");
const hinted = text => /^(--|iconv |jq |ngidx |tr )/.test(text) ? "Try: " + text + "." : sentence(text);
let retry = null;
function complain(error, again) {
  if (error.name === "AbortError") return;
  if (!(error instanceof Kind)) { console.error(error); error = new Kind("This page has an error: " + error.message); }
  const p = $("notice").querySelector("p");
  p.replaceChildren(error.message);
  if (error.hint) p.append(el("small", { textContent: error.hint }));
  retry = again;
  $("retry").hidden = !again;
  $("notice").hidden = false;
}
/* Parts of an index that answers were without. This stays until something else is asked. */
const missingParts = new Set();
function tellMissing(parts) {
  parts.forEach(part => missingParts.add(part));
  $("partial").querySelector("p").replaceChildren("Parts of the index do not answer. What you see is without them.", el("small", { textContent: [...missingParts].join(", ") }));
  $("partial").hidden = missingParts.size === 0;
}
function askAnew() { missingParts.clear(); tellMissing([]); }
const content = () => { $("notice").hidden = true; };
$("retry").onclick = () => { content(); if (retry) retry(); };

/* ---- indexes ----
   One, or several at once. Counts and hits of several are asked for one by one and added up here; what follows a phrase,
   traces and checks are asked for together, as they do not add up. */
const SEVERAL = "*"; /* an option of the select */
let indexes = [], limits = {}, missing = ""; /* missing: what a link names and is not here */
const boxes = () => [...$("several").querySelectorAll("input")];
const chosen = () => $("index").value !== SEVERAL ? ($("index").value ? [$("index").value] : []) : boxes().filter(box => box.checked).map(box => box.value);
const index = () => chosen().join(",");
const several = () => chosen().length > 1;
const infos = () => indexes.filter(i => chosen().includes(i.name));
/* Relative, so that the page works behind a path. */
const pathOf = name => "v1/" + encodeURIComponent(name);
const together = () => "v1/" + chosen().map(encodeURIComponent).join(",");
const each = (path, body, signal) => Promise.all(chosen().map((name, i) => call(`${pathOf(name)}/${path}`, typeof body === "function" ? body(i) : body, signal)));
const commonViews = () => infos().reduce((common, i) => common.filter(v => i.views.includes(v)), ["exact", "folded"]);
function choose(names) {
  $("index").value = names.length > 1 ? SEVERAL : names[0] || "";
  for (const box of boxes()) box.checked = names.includes(box.value);
  $("several").hidden = $("index").value !== SEVERAL;
}
function listIndexes() {
  $("index").replaceChildren(...indexes.map(i => el("option", { textContent: i.name, value: i.name })), ...indexes.length > 1 ? [el("option", { value: SEVERAL, textContent: "several at once" })] : []);
  $("several").replaceChildren(el("legend", { textContent: "Search together", className: "visually-hidden" }), ...indexes.map(i => {
    const box = el("input", { type: "checkbox", value: i.name, checked: true });
    box.onchange = () => {
      if (chosen().length === 0) box.checked = true; /* one at least */
      switched();
    };
    return el("label", { title: i.description || "" }, box, i.name);
  }));
}
function showFacts() {
  const here = infos(), views = commonViews();
  const notReady = here.filter(i => !i.ready).map(i => i.name);
  $("facts").textContent = here.length ? `${several() ? here.length + " indexes · " : ""}${size(sum(here.map(i => i.text_bytes)))} · ${integer(sum(here.map(i => i.documents)))} documents${views.includes("exact") ? "" : views.length ? " · folded text only" : " · no text in common"}${notReady.length ? " · not ready" + (several() ? ": " + notReady.join(", ") : "") : ""}` : missing ? "no such index" : "";
  $("view").hidden = views.length < 2 || !here.length;
  $("what-counts").textContent = isFolded() ? "Letters, marks and numbers count; case, spaces, punctuation and markup do not." : "Every byte counts, including case, spaces and line ends.";
  $("phrase").placeholder = isFolded() ? "Type a phrase; case and spacing do not matter" : "Type a phrase exactly as it is written";
}
const isFolded = () => { const views = commonViews(); return infos().length > 0 && (views.length < 2 ? views[0] : $("view").value) === "folded"; };
const view = () => !$("view").hidden ? { view: $("view").value } : several() ? { view: isFolded() ? "folded" : "exact" } : {};
function switched() { missing = ""; content(); askAnew(); showFacts(); clearTrace(); edited(true); }
$("index").onchange = () => {
  if ($("index").value === SEVERAL) choose(indexes.map(i => i.name)); else choose([$("index").value]);
  switched();
};
$("view").onchange = switched;

/* ---- tabs ---- */
const tabs = ["search", "trace", "contam"];
let tab = "search";
function showTab(name, focus) {
  tab = tabs.includes(name) ? name : "search";
  for (const t of tabs) {
    const on = t === tab;
    $(t).hidden = !on;
    $("tab-" + t).setAttribute("aria-selected", on);
    $("tab-" + t).tabIndex = on ? 0 : -1;
    if (on && focus) $("tab-" + t).focus();
  }
}
function chooseTab(name, focus) { showTab(name, focus); remember(true); }
for (const t of tabs) $("tab-" + t).onclick = () => chooseTab(t);
document.querySelector("nav").onkeydown = event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) chooseTab(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
};

/* ---- addresses ----
   Everything that can be looked at has an address, behind the #. A step (another page of hits, a document, a tab) is an
   entry of its own in the browser's history; what is typed becomes one when the person pauses. A report is made of a file
   that the address only names: Back shows it again, a link asks for the file. */
let tracing = null, as = "hits", show = "", seed = 0, page = 0, traced = "", settled = true, settling = 0;
let doc = null; /* the document that is open */
const aspects = { hits: "as-hits", next: "as-next", before: "as-before" };
/* Settings that have a field of the page: name in the address, field, default. */
const TRACE_SETTINGS = [["min", "trace-min", "30"], ["least", "trace-least", ""], ["most", "trace-most", ""]];
const CONTAM_SETTINGS = [["preset", "contam-preset", ""], ["chars", "contam-chars", ""], ["stride", "contam-stride", "1"], ["field", "contam-field", ""]];
function state() {
  const entries = new URLSearchParams(), put = (name, value) => { if (value) entries.set(name, value); };
  const settings = list => { for (const [name, id, usual] of list) if ($(id).value !== usual) put(name, $(id).value); };
  put("index", index() || missing);
  if (!$("view").hidden && $("view").value === "folded") put("view", "folded");
  if (tab !== "search") put("tab", tab);
  put("q", $("phrase").value);
  put("and", $("and").value);
  put("not", $("not").value);
  put("within", $("within").value);
  if (as !== "hits") { put("as", as); if ($("words").value !== "1") put("words", $("words").value); }
  put("show", show);
  put("seed", seed && String(seed));
  put("page", page && String(page + 1));
  if (tab === "trace") {
    if (traced.length <= LINKED) put("text", traced);
    settings(TRACE_SETTINGS);
    put("whole", $("trace-whole").checked && "1");
  }
  if (tab === "contam") { put("file", bench ? bench.file.name : wantedFile); settings(CONTAM_SETTINGS); }
  if (doc) {
    if (several()) put("in", doc.index);
    put("doc", String(doc.number));
    if (doc.at !== null) { put("at", String(doc.at)); put("length", String(doc.length)); }
  }
  return entries;
}
const kept = new Map(); /* reports that were made since the page was loaded */
function remember(step) {
  const address = "#" + state();
  clearTimeout(settling);
  settling = setTimeout(() => { settled = true; }, 1500);
  const held = { traced, opened: Boolean(step && doc), report: report ? report.kept : "" };
  if (address === location.hash) { history.replaceState({ ...history.state, report: held.report }, "", address); return; }
  if (step || settled) history.pushState(held, "", address);
  else history.replaceState(held, "", address);
  settled = Boolean(step);
  nameTab();
}
function nameTab() {
  const phrase = $("phrase").value;
  document.title = (tab === "search" && phrase ? visible(phrase).slice(0, 60) + " – " : "") + "ngidx";
}
/* The indexes that an address names. What is not here is an error; nothing else takes its place. */
function restoreIndexes(asked, wrong) {
  const names = asked.has("index") ? asked.get("index").split(",") : indexes.slice(0, 1).map(i => i.name);
  const lacking = names.filter(name => !indexes.some(i => i.name === name));
  missing = lacking.length ? names.join(",") : "";
  choose(lacking.length ? [] : names);
  for (const name of lacking) wrong.push(`There is no index "${name}" on this server.`);
  $("view").value = asked.get("view") || "exact";
  if (asked.get("view") && infos().length && !commonViews().includes(asked.get("view"))) {
    wrong.push(`The ${several() ? "indexes have" : `index "${index()}" has`} no ${visible(asked.get("view"))} text${several() ? " in common" : ""}.`);
  } else if (infos().length && !commonViews().length) wrong.push("Some of these indexes have exact text only, others folded text only.");
  if (!$("view").value) $("view").value = "exact";
}
function restoreSettings(get) {
  const settings = list => { for (const [name, id, usual] of list) $(id).value = get(name) || usual; };
  $("phrase").value = get("q");
  $("and").value = get("and");
  $("not").value = get("not");
  $("within").value = get("within");
  if (hasConditions()) $("conditions").open = true;
  as = aspects[get("as")] ? get("as") : "hits";
  $("words").value = +get("words") >= 1 ? get("words") : "1";
  show = ["sample", "all", "docs"].includes(get("show")) ? get("show") : "";
  seed = Math.max(0, Math.floor(+get("seed")) || 0);
  page = Math.max(0, Math.floor(+get("page")) - 1 || 0);
  settings(TRACE_SETTINGS);
  $("trace-whole").checked = get("whole") === "1";
  if (get("tab") === "contam") settings(CONTAM_SETTINGS);
}
/* Shows what the address says. */
function restore() {
  const asked = new URLSearchParams(location.hash.slice(1)), get = name => asked.get(name) || "", wrong = [];
  content();
  restoreIndexes(asked, wrong);
  restoreSettings(get);
  const text = get("text") || (history.state && get("tab") === "trace" && history.state.traced) || "";
  if (get("tab") === "trace" && text !== $("trace-text").value) $("trace-text").value = text;
  showFacts();
  showTab(get("tab") || "search");
  nameTab();
  settled = true;
  if (wrong.length) {
    clearSearch();
    clearTrace();
    closeDocument();
    complain(new Kind(wrong.join(" "), missing ? (indexes.length ? "It has: " + indexes.map(i => i.name).join(", ") + ". Choose one above." : "It has none.") : "Choose the text to search above."));
    return;
  }
  search(0, false);
  if (tab === "contam") restoreReport(history.state && history.state.report, get("file"));
  if (tab === "trace" && text && (text !== traced || JSON.stringify(traceSettings()) !== tracedWith)) trace(false); else if (tab === "trace" && !text) clearTrace();
  if (asked.has("doc")) showDocument(get("in") || chosen()[0], +get("doc"), asked.has("at") ? +get("at") : null, +get("length")); else closeDocument();
}
let leaving = false; /* Back was asked for by closing a document; the rest of the page stays, and what was typed since */
addEventListener("popstate", () => { if (leaving) { leaving = false; remember(); } else restore(); });

/* ---- pieces of text by byte ---- */
/* Cuts text at byte offsets: [before, phrase, behind]. */
function cut(text, begin, end) {
  const bytes = encoder.encode(text);
  return [decoder.decode(bytes.subarray(0, begin)), decoder.decode(bytes.subarray(begin, end)), decoder.decode(bytes.subarray(end))];
}
const mark = (text, className = "") => el("mark", { textContent: text, className });
const visible = text => text.replace(/[\r\n\t]+/g, " ");
/* Of a long hit in folded text only so much is shown. context: how many bytes of text were asked for on each side; where there are fewer the document ends. */
function snippet(hit, length, context) {
  const begin = hit.offset - hit.snippet_offset;
  const [before, found, behind] = cut(hit.snippet, begin, begin + length).map(visible);
  const node = el("span", { className: "snippet", dir: "auto" });
  const ends = encoder.encode(hit.snippet).length - begin - length < context - 3;
  node.append(hit.snippet_offset > 0 ? "…" : "", before, mark(shorten(found, 600)), behind, ends ? "" : "…");
  return node;
}
/* Text of which only the begin and the end are shown where it is long. */
function shorten(text, most) {
  if (text.length <= most) return text;
  const half = most / 2;
  return text.slice(0, half).replace(/[\ud800-\udbff]$/, "") + " … " + text.slice(-half).replace(/^[\udc00-\udfff]/, "");
}
function titleOf(hit) {
  const m = hit.metadata || {};
  for (const name of [m.title, hit.url, hit.id, m.name]) if (typeof name === "string" && name) return name;
  return hit.source.path + (hit.source.line ? ":" + hit.source.line : "");
}
function origin(hit, ...more) {
  return el("span", { className: "origin" }, ...several() ? [el("span", { className: "badge", textContent: hit.index }), " "] : [], el("b", { textContent: shorten(titleOf(hit), 160) }), ` · document ${integer(hit.doc)}, at byte ${integer(hit.offset)}`, ...more);
}
function hitButton(hit, length, context, ...more) {
  const button = el("button", { className: "hit", type: "button" }, snippet(hit, length, context), origin(hit, ...more));
  const elsewhere = hit.text === "folded" && !$("view").hidden; /* the document is shown as it is */
  button.onclick = () => elsewhere ? openDocument(hit.index, hit.doc) : openDocument(hit.index, hit.doc, hit.offset, length);
  return button;
}
