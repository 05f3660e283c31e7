
/* ---- search ---- */
let controller = null, documentsController = null, timer = 0;
/* What is on the page: the count of key, in each index; the hits of listed. */
let counted = { key: "", found: 0, each: [] }, listed = "", shownHits = [];
function grow() {
  const box = $("phrase");
  box.style.height = "auto";
  box.style.height = Math.min(box.scrollHeight + 2, 260) + "px";
}
const hasConditions = () => Boolean($("and").value || $("not").value);
function conditions() {
  const asked = {};
  if ($("and").value) asked.and = [$("and").value];
  if ($("not").value) asked.not = [$("not").value];
  if (hasConditions() && $("within").value !== "") asked.within = +$("within").value;
  return asked;
}
const mode = () => show || (counted.found > MANY ? "sample" : "all");
function clearList() {
  $("hits").replaceChildren();
  $("following").hidden = $("pager").hidden = $("nothing").hidden = $("cut").hidden = true;
  listed = "";
}
function clearSearch() {
  clearTimeout(timer);
  if (controller) controller.abort();
  if (documentsController) documentsController.abort();
  $("count").textContent = $("unit").textContent = $("in-documents").textContent = $("latency").textContent = "";
  $("shares").replaceChildren();
  counted = { key: "", found: 0, each: [] };
  clearList();
  $("choices").hidden = true;
  $("tips").hidden = false;
}
/* Documents of answers, added up: exact, or an estimate that says so. The errors of estimates are independent. */
function addDocuments(answers) {
  const documents = sum(answers.map(a => a.documents)), far = side => Math.hypot(...answers.map(a => a.documents_exact === false ? side(a) : 0));
  return { documents, documents_exact: answers.every(a => a.documents_exact !== false),
    documents_low: documents - Math.floor(far(a => a.documents - a.documents_low)), documents_high: documents + Math.floor(far(a => a.documents_high - a.documents)) };
}
function tellDocuments(answers) {
  const all = addDocuments(answers), n = all.documents, exact = all.documents_exact;
  $("in-documents").textContent = (exact ? `in ${integer(n)} ` : `in about ${integer(n)} `) + plural(n, "document", "documents") +
    (exact ? "" : ` (an estimate; 95 % interval ${integer(all.documents_low)} to ${integer(all.documents_high)})`);
  if (several()) showShares(answers);
}
/* What each of several indexes has of the sum. */
function showShares(answers) {
  $("shares").replaceChildren(...chosen().map((name, i) => {
    const n = counted.each[i], documents = answers && answers[i].documents;
    const button = el("button", { type: "button", className: "link", textContent: name });
    button.onclick = () => { choose([name]); switched(); };
    return el("li", {}, button, ` ${integer(n)}`, documents ? ` in ${answers[i].documents_exact === false ? "about " : ""}${integer(documents)}` : "");
  }));
}
function tellCut(answers) {
  const exact = answers.every(a => a.exact !== false), total = name => integer(sum(answers.map(a => a[name] || 0)));
  $("cut").hidden = exact;
  if (!exact) $("cut").textContent = `At least: the search reached its limit. ${total("unlocated")} occurrences were not located and ${total("unread_documents")} documents not read.`;
}
async function countDocuments(phrase) {
  if (documentsController) documentsController.abort();
  const signal = (documentsController = new AbortController()).signal, found = counted.each;
  if (counted.found === 0) return;
  const one = (name, i) => found[i] < 2 ? { documents: found[i] } : call(pathOf(name) + "/count", { query: phrase, docs: true, ...view() }, signal);
  try { tellDocuments(await Promise.all(chosen().map(one))); }
  catch (error) { if (error.name !== "AbortError") $("in-documents").textContent = "(documents were not counted: " + error.message.replace(/\.$/, "") + ")"; }
}
async function count(phrase, key, signal) {
  const started = performance.now(), joined = hasConditions();
  askAnew();
  const answers = await each("count", { query: phrase, ...conditions(), ...view() }, signal);
  const took = performance.now() - started, found = answers.map(a => a.count);
  content();
  counted = { key, found: sum(found), each: found };
  $("count").textContent = integer(counted.found);
  $("unit").textContent = plural(counted.found, "occurrence", "occurrences");
  $("latency").textContent = `${milliseconds(Math.max(...answers.map(a => a.latency_ms)))} in the engine · ${milliseconds(took)} in total`;
  $("in-documents").textContent = "";
  $("shares").replaceChildren();
  if (several()) showShares(null);
  clearList();
  if (joined) { if (counted.found) tellDocuments(answers); tellCut(answers); } else countDocuments(phrase);
}
/* How many of a uniform random sample over all indexes come from each: numbers drawn by Floyd's method from a seed. */
function allot(totals, wanted) {
  let a = (seed + 1) * 0x9e3779b9 | 0;
  const random = () => { /* mulberry32 */
    a = a + 0x6d2b79f5 | 0;
    let t = Math.imul(a ^ a >>> 15, 1 | a);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  const total = sum(totals), drawn = new Set();
  for (let j = Math.max(0, total - wanted); j < total; j++) { const n = Math.floor(random() * (j + 1)); drawn.add(drawn.has(n) ? j : n); }
  let from = 0;
  return totals.map(n => { const begin = from; from += n; return [...drawn].filter(d => d >= begin && d < from).length; });
}
/* Hits [first, first + most) of the list that is shown, over all indexes, which follow each other; in a sample, all. */
async function fetchHits(phrase, first, most, signal) {
  const context = Math.min(CONTEXT, limits.context_bytes), how = mode(), common = { query: phrase, ...conditions(), context, ...view() };
  let totals = counted.each, answers;
  if (how === "sample") {
    const parts = allot(totals, Math.min(SAMPLE, limits.hits));
    answers = await each("locate", i => ({ ...common, sample: Math.max(1, parts[i]), seed, sort: "doc", ...parts[i] ? {} : { limit: 0 } }), signal);
  } else {
    const unique = how === "docs" ? { unique_docs: true } : {};
    if (several() && how === "docs") totals = (await each("locate", { ...common, limit: 0, ...unique }, signal)).map(a => a.count);
    let before = 0;
    answers = await each("locate", i => {
      const offset = Math.max(0, first - before), left = several() ? Math.max(0, Math.min(totals[i] - offset, first + most - Math.max(first, before))) : most;
      before += totals[i];
      return { ...common, limit: left, offset: left ? offset : 0, ...unique };
    }, signal);
    if (how === "docs" || !several()) totals = answers.map(a => a.count);
  }
  const hits = answers.flatMap((answer, i) => answer.hits.map(hit => ({ index: chosen()[i], ...hit })));
  return { hits, first, total: sum(totals), context, answers, how };
}
async function locate(phrase, signal) {
  const most = Math.min(PAGE, limits.hits), got = await fetchHits(phrase, page * most, most, signal), last = got.first + got.hits.length;
  $("following").hidden = $("nothing").hidden = true;
  shownHits = got.hits;
  $("hits").replaceChildren(...got.hits.map(hit => el("li", {}, hitButton(hit, hit.length, got.context))));
  if (!hasConditions() || got.answers.some(a => a.exact === false)) tellCut(got.answers); /* what the count told stays true */
  $("range").textContent = got.how === "sample" ? `${integer(got.hits.length)} drawn at random from ${integer(got.total)}`
    : got.hits.length ? `${integer(got.first + 1)}–${integer(last)} of ${integer(got.total)}${got.how === "docs" ? " documents" : ""}` : `There is no page ${integer(page + 1)}.`;
  $("previous").hidden = $("next").hidden = got.how === "sample" || (page === 0 && got.total <= most);
  $("previous").disabled = page === 0;
  $("next").disabled = last >= got.total || !got.hits.length;
  $("pager").hidden = false;
}
/* A continuation, between what it is next to. */
function continuation(c, phrase) {
  const before = as === "before", tail = visible(before ? phrase.slice(0, 24) : phrase.slice(-24));
  const word = c.text ? c.text.replace(/\n/g, "↵").replace(/\t/g, "⇥") : before ? "(the document starts)" : "(the document ends)";
  const around = el("span", { className: "around", textContent: tail }), cell = el("td", { dir: "auto" });
  const parts = before ? [el("b", { textContent: word }), around] : [around, el("b", { textContent: word })];
  if (c.text && !c.hex) {
    const button = el("button", { type: "button" }, ...parts);
    button.onclick = () => { $("phrase").value = before ? c.text + phrase : phrase + c.text; page = 0; show = ""; search(0, true); };
    cell.append(button);
  } else cell.append(...parts);
  const bar = el("span", { className: "bar" });
  bar.style.width = 100 * c.share + "%";
  if (c.end && c.text) cell.append(el("span", { className: "origin", textContent: before ? "at the start of a document" : "at the end of a document" }));
  return el("tr", {}, cell, el("td", { className: "n", textContent: integer(c.count) }), el("td", { className: "n" }, (100 * c.share).toFixed(c.share < .01 ? 2 : 1) + " %", bar));
}
let followed = [];
async function follow(phrase, signal) {
  const unit = isFolded() ? "chars" : "words", many = Math.min(20, Math.max(1, Math.floor(+$("words").value) || 1));
  const answer = await call(together() + "/next", { query: phrase, k: CONTINUATIONS, [unit]: many, before: as === "before", ...view() }, signal);
  followed = answer.continuations;
  $("hits").replaceChildren();
  $("nothing").hidden = $("cut").hidden = true;
  $("following-head").textContent = as === "before" ? "Precedes it" : "Follows it";
  $("following").tBodies[0].replaceChildren(...answer.continuations.map(c => continuation(c, phrase)));
  $("following").hidden = answer.continuations.length === 0;
  $("range").textContent = `${integer(answer.shown)} of ${integer(answer.count)} occurrences (${(100 * answer.shown / answer.count).toFixed(1)} %); ${integer(answer.rest)} ${as === "before" ? "begin" : "go on"} otherwise.` +
    (answer.complete ? "" : " The search ended early: frequent ones may be missing, but the counts are exact.");
  $("previous").hidden = $("next").hidden = true;
  $("pager").hidden = false;
}

/* ---- instead of nothing: the longest part that occurs, and what does where case and spacing do not count ---- */
async function countAll(body, signal) { return sum((await each("count", body, signal)).map(a => a.count)); }
function suggestion(id, n, act) {
  const button = el("button", { type: "button", className: "link", id, textContent: `${integer(n)} ${plural(n, "occurrence", "occurrences")}` });
  button.onclick = act;
  return button;
}
async function instead(phrase, signal) {
  const box = $("nothing");
  box.replaceChildren();
  box.hidden = true;
  if (hasConditions()) {
    const alone = await countAll({ query: phrase, ...view() }, signal);
    if (alone) {
      box.append(el("p", {}, "Nothing meets the conditions. Without them: ", suggestion("try-alone", alone, () => { $("and").value = $("not").value = $("within").value = ""; edited(true); }), "."));
      box.hidden = false;
      return;
    }
  }
  if (!$("view").hidden && !isFolded()) {
    const folded = await countAll({ query: phrase, view: "folded" }, signal).catch(error => { if (error.name === "AbortError") throw error; return 0; });
    if (folded) box.append(el("p", {}, "If case, spacing and punctuation are ignored: ", suggestion("try-folded", folded, () => { $("view").value = "folded"; showFacts(); search(0, true); }), "."));
  }
  if (encoder.encode(phrase).length <= Math.min(4096, limits.text_bytes)) {
    const answer = await call(together() + "/trace", { text: phrase, min_chars: 1, evidence: 0, ...view() }, signal);
    const longest = answer.spans.reduce((best, span) => !best || span.end_byte - span.begin_byte > best.end_byte - best.begin_byte ? span : best, null);
    if (longest) {
      const part = cut(phrase, longest.begin_byte, longest.end_byte)[1];
      const button = el("button", { type: "button", className: "link", id: "try-part", dir: "auto", textContent: part });
      button.onclick = () => { $("phrase").value = part; search(0, true); };
      box.append(el("p", {}, "The longest part that occurs: “", button, `”, ${integer(longest.count)} ${plural(longest.count, "time", "times")}.`));
    } else box.append(el("p", { textContent: "No part of it occurs." }));
  }
  box.hidden = box.children.length === 0;
}
function showChoices() {
  const found = counted.found > 0;
  if (hasConditions()) as = "hits";
  $("choices").hidden = !found;
  for (const name of Object.keys(aspects)) {
    $(aspects[name]).setAttribute("aria-pressed", as === name);
    $(aspects[name]).disabled = $(aspects[name]).hidden = name !== "hits" && hasConditions();
  }
  $("show").options[0].textContent = "a random sample of " + Math.min(SAMPLE, limits.hits);
  $("show").value = mode();
  $("draw").hidden = as !== "hits" || mode() !== "sample" || counted.found <= SAMPLE;
  $("show-label").hidden = as !== "hits" || counted.found < 2;
  $("words-label").hidden = as === "hits";
  $("words-unit").textContent = isFolded() ? "Characters" : "Words";
  $("tips").hidden = found;
}
async function find(phrase, key, list, signal) {
  try {
    if (counted.key !== key) await count(phrase, key, signal);
    $("count").classList.remove("stale");
    showChoices();
    if (listed === list) return;
    if (counted.found === 0) await instead(phrase, signal);
    else if (as === "hits") await locate(phrase, signal);
    else await follow(phrase, signal);
    listed = list;
  } catch (error) { complain(error, () => search(0)); }
}
/* step: it is a step of its own in the history; undefined: it is being typed; false: the address is there already. */
function search(delay, step) {
  clearTimeout(timer);
  if (controller) controller.abort();
  const phrase = $("phrase").value;
  grow();
  if (step !== false) remember(step);
  $("start").hidden = Boolean(phrase) || !indexes.length || Boolean(missing);
  if (!phrase || !index()) { clearSearch(); showStart(); return; }
  const key = JSON.stringify([chosen(), view(), phrase, conditions()]);
  const list = key + JSON.stringify([as, $("words").value, show, seed, page]);
  if (counted.key !== key) $("count").classList.add("stale");
  controller = new AbortController();
  const signal = controller.signal;
  timer = setTimeout(() => find(phrase, key, list, signal), delay);
}
function turn(step) {
  page += step;
  search(0, true);
  $("search").scrollIntoView({ block: "start" });
}
/* Another phrase: from its first page on. */
function edited(step) { page = 0; show = ""; seed = 0; search(step ? 0 : 90, step); }
$("phrase").oninput = () => edited();
$("and").oninput = $("not").oninput = $("within").oninput = () => edited();
$("show").onchange = () => { show = $("show").value; page = 0; search(0, true); };
$("draw").onclick = () => { seed++; show = "sample"; search(0, true); };
for (const name of Object.keys(aspects)) $(aspects[name]).onclick = () => { as = name; page = 0; search(0, true); };
$("words").onchange = () => search(0, true);
$("phrase").onkeydown = event => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); search(0); settled = true; }
  if (event.key === "ArrowDown" && $("phrase").selectionEnd === $("phrase").value.length) {
    const first = $("hits").querySelector(".hit");
    if (first) { event.preventDefault(); first.focus(); }
  }
};
$("hits").onkeydown = event => {
  const all = [...$("hits").querySelectorAll(".hit")], here = all.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && here + 1 < all.length) all[here + 1].focus();
  else if (event.key === "ArrowUp") (here > 0 ? all[here - 1] : $("phrase")).focus();
  else if (event.key === "ArrowRight" && !$("next").disabled && !$("next").hidden) turn(1);
  else if (event.key === "ArrowLeft" && !$("previous").disabled && !$("previous").hidden) turn(-1);
  else return;
  event.preventDefault();
};
$("previous").onclick = () => turn(-1);
$("next").onclick = () => turn(1);
document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || /INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  chooseTab("search");
  $("phrase").focus();
  $("phrase").select();
});

/* ---- the list as a file ---- */
const SAVED = 10000; /* hits at most */
const HIT_COLUMNS = ["index", "doc", "offset", "length", "id", "url", "path", "line", "before", "hit", "behind", "metadata"];
const quoted = value => { const text = value === null || value === undefined ? "" : String(value); return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text; };
const csv = rows => rows.map(row => row.map(quoted).join(",") + "\r\n").join("");
function hitRow(hit) {
  const begin = hit.offset - hit.snippet_offset, around = cut(hit.snippet, begin, begin + hit.length);
  return [hit.index, hit.doc, hit.offset, hit.length, hit.id, hit.url, hit.source.path, hit.source.line, ...around, JSON.stringify(hit.metadata)];
}
async function allHits(phrase, signal) {
  const hits = [];
  if (mode() === "sample") return { hits: shownHits, total: shownHits.length };
  for (let total = 1; hits.length < Math.min(SAVED, total);) {
    const got = await fetchHits(phrase, hits.length, Math.min(limits.hits, SAVED - hits.length), signal);
    total = got.total;
    hits.push(...got.hits);
    $("saved").textContent = `${integer(hits.length)} of ${integer(total)} …`;
    if (!got.hits.length || hits.length >= Math.min(SAVED, total)) return { hits, total };
  }
  return { hits, total: 0 };
}
async function saveList(kind) {
  const phrase = $("phrase").value, name = `ngidx-${index().replace(/,/g, "+")}-${as === "hits" ? "hits" : as}.${kind}`, list = listed;
  const type = kind === "csv" ? "text/csv" : "application/jsonl";
  $("saved").textContent = "";
  try {
    if (as !== "hits") {
      save(name, type, kind === "csv" ? csv([["text", "count", "share", "end"], ...followed.map(c => [c.hex ? "0x" + c.hex : c.text, c.count, c.share, c.end])]) : followed.map(c => JSON.stringify(c) + "\n").join(""));
      return;
    }
    const got = await allHits(phrase, controller ? controller.signal : undefined);
    if (list !== listed) return;
    save(name, type, kind === "csv" ? csv([HIT_COLUMNS, ...got.hits.map(hitRow)]) : got.hits.map(hit => JSON.stringify(hit) + "\n").join(""));
    $("saved").textContent = got.hits.length < got.total ? `The first ${integer(got.hits.length)} of ${integer(got.total)} were saved; ngidx locate --all gives all of them.` : "";
  } catch (error) { complain(error, () => saveList(kind)); }
}
$("save-csv").onclick = () => saveList("csv");
$("save-jsonl").onclick = () => saveList("jsonl");

/* ---- where nothing is typed yet: what there is to search ---- */
/* Up to three words with single spaces between them, of up to 24 characters; where the first word alone is longer, as in
   scripts without spaces, its first characters with the marks on them. */
function firstWords(text) {
  const start = /^\p{M}*(?:\P{M}\p{M}*){0,24}/u;
  let phrase = text.trim().match(/^\S*(?: \S+){0,2}/)[0];
  while (phrase.includes(" ") && phrase.match(start)[0] !== phrase) phrase = phrase.slice(0, phrase.lastIndexOf(" "));
  return phrase.match(start)[0];
}
/* The first words of the middle document, where the server has no examples. */
async function exampleOf(info) {
  if (info.examples.length || info.tried || !info.documents) return info.examples;
  info.tried = true;
  try {
    const got = await call(`${pathOf(info.name)}/doc/${Math.floor(info.documents / 2)}?length=400`);
    const text = firstWords(got.text);
    info.examples = text ? [text] : [];
  } catch { info.examples = []; }
  return info.examples;
}
function card(info) {
  const name = el("button", { type: "button", className: "link", textContent: info.name });
  const examples = el("span", { className: "examples" });
  name.onclick = () => { choose([info.name]); switched(); $("phrase").focus(); };
  exampleOf(info).then(list => examples.replaceChildren(...list.map(text => {
    const button = el("button", { type: "button", className: "plain", dir: "auto", textContent: text });
    button.onclick = () => { choose([info.name]); missing = ""; $("phrase").value = text; showFacts(); clearTrace(); edited(true); $("phrase").focus(); };
    return button;
  })));
  return el("li", {}, el("h2", {}, name), el("span", { className: "facts", textContent: `${size(info.text_bytes)} · ${integer(info.documents)} documents${info.ready ? "" : " · not ready"}` }),
    ...info.description ? [el("p", { textContent: info.description, dir: "auto" })] : [], examples);
}
const CARDS = 24;
function showStart() {
  if ($("start").hidden || $("cards").children.length) return;
  $("cards").replaceChildren(...indexes.slice(0, CARDS).map(card));
  $("more-cards").hidden = indexes.length <= CARDS;
  $("more-cards").textContent = `and ${integer(indexes.length - CARDS)} more, in the list above`;
}
