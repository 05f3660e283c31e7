
/* ---- contamination ----
   The server reads the file, whatever its type, as ngidx contam does. Each request checks some of the entries and holds all
   of them, since what stands in many entries of a benchmark is common text. */
const SENT = 20e6; /* bytes in all requests of a check, about */
let bench = null, report = null, filter = null, rows = ROWS, checking = null, wantedFile = "";
const fieldsAsked = () => $("contam-field").value.split(",").map(f => f.trim()).filter(Boolean);
async function readBench(file) {
  if (!file) return;
  try {
    const query = new URLSearchParams([["name", file.name], ...fieldsAsked().map(f => ["field", f])]);
    if (file.size > limits.body_bytes) throw new Kind(`${file.name} has ${size(file.size)}; this server takes ${size(limits.body_bytes)}.`, "The command ngidx contam has no such limit.");
    if (!file.size) throw new Kind(`${file.name} is empty.`);
    const got = await send("v1/benchmark?" + query, "application/octet-stream", file);
    bench = { file, ...got };
    $("drop-title").textContent = `${file.name}, ${integer(got.entries.length)} ${plural(got.entries.length, "entry", "entries")}`;
    $("drop-note").textContent = (got.fields.length ? `Checked: ${got.fields.join(", ")}.` : "") + (got.note ? " " + sentence(got.note) : "");
    $("contam-field").placeholder = got.fields.join(", ");
    $("contam-run").hidden = false;
    content();
    check();
  } catch (error) { complain(inWords(error), () => readBench(file)); }
}
/* Hints are those of the command line, whose options are inputs here. */
function inWords(error) {
  if (/: no field /.test(error.message)) return new Kind(error.message, "Name it under Fields; dots lead into objects.");
  return error;
}
/* Entries in parts that a request may hold; one, mostly. */
function parts(entries) {
  const all = [];
  let room = 0;
  for (const entry of entries) {
    const needed = encoder.encode(JSON.stringify(entry.texts)).length + 1;
    if (needed > room || all[all.length - 1].entries.length === limits.batch_phrases) { all.push({ entries: [], bytes: 0 }); room = limits.body_bytes - 4096; }
    const last = all[all.length - 1];
    last.entries.push(entry);
    last.bytes += needed;
    room -= needed;
  }
  return all;
}
const stem = name => name.replace(/\.(gz|zst|bz2|xz)$/i, "").replace(/\.[a-z0-9]+$/i, "");
function beginReport() {
  return { report: "ngidx contamination", program: `ngidx ${$("version").textContent}, web page`, date: new Date().toISOString(), indexes: infos().map(i => ({ name: i.name, documents: i.documents, text_bytes: i.text_bytes })), index_ids: infos().map(i => i.id), parameters: null,
    benchmarks: [{ name: stem(bench.file.name), path: bench.file.name, xxh3_128: bench.xxh3_128, fields: bench.fields.join(", "), entries: bench.entries.length, note: bench.note || null }], entries: [] };
}
function checkSettings() {
  const settings = { stride: +$("contam-stride").value || 1, evidence: 2, context: Math.min(EVIDENCE_CONTEXT, limits.context_bytes) };
  if ($("contam-preset").value) settings.preset = $("contam-preset").value;
  if (+$("contam-chars").value) settings.chars = +$("contam-chars").value;
  return settings;
}
function tellProgress(done, all) {
  $("contam-bar").max = all;
  $("contam-bar").value = done;
  $("contam-state").textContent = `${integer(done)} of ${integer(all)} entries checked`;
}
async function check() {
  if (!bench || !index()) return;
  if (checking) checking.abort();
  const mine = checking = new AbortController(), settings = checkSettings(), groups = parts(bench.entries), path = together() + "/contam";
  const made = beginReport(), making = { bench, file: made, parts: groups.length, kept: "", index: chosen().join(", ") };
  filter = null; rows = ROWS;
  $("contam-progress").hidden = false;
  askAnew();
  let told = 0;
  try {
    for (const { entries, bytes } of groups) {
      const many = Math.max(50, Math.ceil(entries.length / Math.max(1, Math.min(20, Math.floor(SENT / bytes)))));
      for (let first = 0; first < entries.length; first += many) {
        tellProgress(made.entries.length, bench.entries.length);
        const answer = await call(path, { entries: entries.map(e => e.texts), first, end: first + many, ...settings }, mine.signal);
        for (const entry of answer.entries) made.entries.push({ benchmark: made.benchmarks[0].name, id: entries[entry.number].id, ...entry, number: made.entries.length, texts: entries[entry.number].texts });
        made.parameters = { ...answer.parameters, sample: null, seed: 1 };
        report = making;
        if (performance.now() - told > 1000) { showReport(); told = performance.now(); }
      }
    }
    $("contam-progress").hidden = true;
    report.kept = `${performance.timeOrigin} ${kept.size}`; /* the history is longer than the page is loaded */
    kept.set(report.kept, report);
    remember(true);
    content();
    showReport();
  } catch (error) { if (error.name !== "AbortError") { $("contam-progress").hidden = true; complain(error, check); } }
}
/* Back to a report that was made, or to what a link asks for: a file that only the person has. */
function restoreReport(name, file) {
  const held = kept.get(name);
  wantedFile = held ? "" : file;
  if (held) {
    if (checking) checking.abort();
    $("contam-progress").hidden = true;
    report = held;
    bench = held.bench;
    showReport();
  } else if (file && !(bench && bench.file.name === file)) {
    $("drop-title").textContent = `Choose ${file} to make this report`;
    $("drop-note").textContent = "A file stays on your computer until you choose it.";
  } else if (!file) $("contam-result").hidden = $("contam-save").hidden = true;
}
const CLASSES = { dirty: "overlap found", suspicious: "some overlap", common: "common text only", clean: "no overlap found", short: "too short to judge", skipped: "empty" };
const folds = () => report.file.parameters.preset === "folded";
const share = entry => entry.verdict ? entry.verdict.share : folds() ? entry.coverage : entry.eta;
function showNote(entries) {
  const s = report.file.parameters, limited = entries.filter(e => e.verdict && e.verdict.limited).length, units = folds() ? "letters" : "characters";
  const rule = s.rule ? `${s.rule}${s.words_for_tokens ? "; words stand in for tokens" : ""}${limited ? `; ${integer(limited)} verdicts are limited: more documents might make them worse` : ""}.`
    : `windows of ${s.chars} ${units}, every ${s.stride === 1 ? "word" : s.stride + " words"}; suspicious from ${s.suspicious}, dirty from ${s.dirty.toFixed(2)} of an entry's ${folds() ? "letters covered" : "windows found"}.`;
  $("contam-note").textContent = `${integer(entries.length)} entries of ${report.bench.file.name} against ${report.index}; preset ${s.preset} (${s.source}), ${rule} "No overlap found" applies to these settings only; reworded text is not found.` +
    (report.parts > 1 ? ` The file is larger than this server takes at once: it was checked in ${report.parts} parts, and what is common text was told by each alone.` : "");
}
function showReport() {
  const entries = report.file.entries, total = entries.length;
  const counts = Object.fromEntries(Object.keys(CLASSES).map(c => [c, entries.filter(e => e.class === c).length]));
  $("contam-result").hidden = false;
  $("contam-save").hidden = !report.kept;
  $("tiles").replaceChildren(...Object.entries(CLASSES).filter(([c]) => !["skipped", "short", "common"].includes(c) || counts[c]).map(([c, words]) => {
    const tile = el("button", { className: "tile " + c, type: "button" }, el("b", { textContent: integer(counts[c]) }), el("span", { textContent: `${c}: ${words}, ${total ? (100 * counts[c] / total).toFixed(1) : 0} %` }));
    tile.setAttribute("aria-pressed", filter === c);
    tile.onclick = () => { filter = filter === c ? null : c; rows = ROWS; showReport(); };
    return tile;
  }));
  showNote(entries);
  const listed = entries.filter(e => !filter || e.class === filter).sort((a, b) => share(b) - share(a) || a.number - b.number);
  $("entries").replaceChildren(...listed.slice(0, rows).map(showEntry));
  $("entries-more").hidden = listed.length <= rows;
}
$("entries-more").onclick = () => { rows += ROWS; showReport(); };
function showEntry(entry) {
  const node = el("details", { className: "entry" }, el("summary", {},
    el("span", { className: "badge " + entry.class, textContent: entry.class }),
    el("span", { className: "what", dir: "auto", textContent: `${entry.id}. ${visible(entry.texts.join(" … ")).slice(0, 160)}` }),
    el("span", { className: "eta", textContent: ["skipped", "short"].includes(entry.class) ? "–" : Math.round(share(entry) * 100) + " %" })));
  node.ontoggle = () => { if (node.open && node.children.length === 1) node.append(entryDetail(entry)); };
  return node;
}
function entryDetail(entry) {
  const longest = entry.longest_match ? ` The longest piece found has ${integer(entry.longest_match.end_char - entry.longest_match.begin_char)} characters and occurs ${integer(entry.longest_match.count)} ${plural(entry.longest_match.count, "time", "times")}.` : "";
  const inside = el("div", { className: "inside" }, ...entry.texts.map((text, t) => {
    const quote = el("div", { className: "text quote", dir: "auto" });
    for (const piece of layers(text, entry.spans.filter(span => span.text === t))) quote.append(piece.span ? mark(piece.text) : piece.text);
    return quote;
  }), el("p", { className: "hint", textContent: `${integer(entry.found)} of ${integer(entry.windows)} windows found${entry.common ? `, ${integer(entry.common)} of them common text` : ""}${entry.unspaced ? "; text without spaces, which this preset treats as one word" : ""}${entry.short ? "; the entry is shorter than a window" : ""}.${longest}` }));
  if (entry.evidence.length) inside.append(el("h2", { textContent: "Where it occurs" }), evidenceList(entry.evidence));
  return inside;
}
$("contam-run").onclick = check;
$("contam-field").onchange = () => { if (bench) readBench(bench.file); };
$("file").onchange = event => { readBench(event.target.files[0]); event.target.value = ""; };
for (const name of ["dragenter", "dragover"]) $("drop").addEventListener(name, event => { event.preventDefault(); $("drop").classList.add("over"); });
for (const name of ["dragleave", "drop"]) $("drop").addEventListener(name, event => { event.preventDefault(); $("drop").classList.remove("over"); });
$("drop").addEventListener("drop", event => readBench(event.dataTransfer.files[0]));
$("contam-save").onclick = () => save(stem(report.bench.file.name) + ".contamination.json", "application/json", JSON.stringify(report.file, null, 1));

/* ---- start ---- */
async function start() {
  try {
    const answer = await call("v1/indexes");
    indexes = answer.indexes;
    limits = answer.limits;
    $("version").textContent = answer.version;
    listIndexes();
    restore();
  } catch (error) { complain(error, start); }
}
start();
