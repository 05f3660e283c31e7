
/* ---- trace ---- */
const RANKED = 10;
/* Spans may overlap: text is cut where any begins or ends, and a piece belongs to the longest span over it. */
function layers(text, spans) {
  const bytes = encoder.encode(text), cuts = new Set([0, bytes.length]);
  for (const span of spans) { cuts.add(span.begin_byte); cuts.add(span.end_byte); }
  const at = [...cuts].sort((a, b) => a - b), pieces = [];
  for (let i = 0; i + 1 < at.length; i++) {
    let best = null;
    for (const span of spans) if (span.begin_byte <= at[i] && span.end_byte >= at[i + 1] && (!best || span.end_byte - span.begin_byte > best.end_byte - best.begin_byte)) best = span;
    const last = pieces[pieces.length - 1], content = decoder.decode(bytes.subarray(at[i], at[i + 1]));
    if (last && last.span === best) last.text += content; else pieces.push({ text: content, span: best });
  }
  return pieces;
}
/* The rarer a piece, the stronger its mark. */
const RARITIES = [[1, "once"], [10, "up to 10 times"], [100, "up to 100"], [1000, "up to 1,000"], [Infinity, "more often"]];
const rarity = n => RARITIES.findIndex(([most]) => n <= most);
function evidenceList(evidence) {
  return el("ol", { className: "hits" }, ...evidence.map(hit => el("li", {}, hitButton(hit, hit.length_bytes, EVIDENCE_CONTEXT))));
}
function showSpan(span, button) {
  for (const other of $("traced").querySelectorAll("mark")) other.setAttribute("aria-pressed", other === button);
  $("trace-detail").replaceChildren(
    el("p", { className: "hint" }, `This piece of ${integer(span.end_char - span.begin_char)} characters occurs `, el("b", { textContent: integer(span.count) }), span.count === 1 ? " time." : " times."),
    evidenceList(span.evidence));
}
let tracedWith = "";
function clearTrace() {
  if (tracing) tracing.abort();
  traced = tracedWith = "";
  $("trace-result").hidden = true;
}
function traceSettings() {
  const settings = { min_chars: Math.max(1, Math.floor(+$("trace-min").value) || 30), whole_words: $("trace-whole").checked, ...view() };
  if (+$("trace-least").value > 1) settings.min_count = Math.floor(+$("trace-least").value);
  if (+$("trace-most").value >= 1) settings.max_count = Math.floor(+$("trace-most").value);
  return settings;
}
function showLegend(spans) {
  const levels = new Set(spans.map(span => rarity(span.count)));
  $("rarities").hidden = levels.size === 0;
  $("rarities").replaceChildren("Occurs ", ...RARITIES.flatMap(([, words], i) => levels.has(i) ? [el("mark", { className: "r" + i, textContent: words }), " "] : []));
}
function tracedMark(piece, number) {
  /* No button element: it would not flow with the text. */
  const button = el("mark", { textContent: piece.text, tabIndex: 0, className: "r" + rarity(piece.span.count), title: `occurs ${integer(piece.span.count)} ${plural(piece.span.count, "time", "times")}`, onclick: () => showSpan(piece.span, button) });
  button.onkeydown = event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); button.click(); } };
  button.setAttribute("role", "button");
  button.setAttribute("aria-pressed", "false");
  button.dataset.span = number;
  return button;
}
/* The documents that share most with the text. A button shows which pieces one of them holds. */
function rankedDocument(document, characters) {
  const share = ` · shares ${integer(document.shared_characters)} of ${integer(characters)} characters, in ${integer(document.spans.length)} ${plural(document.spans.length, "piece", "pieces")}`;
  const toggle = el("button", { className: "plain", type: "button", textContent: "Its pieces" });
  toggle.setAttribute("aria-pressed", "false");
  toggle.onclick = () => {
    const on = toggle.getAttribute("aria-pressed") !== "true";
    for (const other of $("trace-documents").querySelectorAll("button.plain")) other.setAttribute("aria-pressed", on && other === toggle);
    for (const node of $("traced").querySelectorAll("mark")) node.classList.toggle("held", on && document.spans.includes(+node.dataset.span));
  };
  return el("li", { className: "ranked" }, hitButton(document.evidence, document.evidence.length_bytes, EVIDENCE_CONTEXT, share), toggle);
}
function showTrace(text, answer) {
  const n = answer.spans.length;
  $("trace-result").hidden = false;
  $("trace-share").textContent = answer.characters ? Math.round(100 * answer.covered_characters / answer.characters) + " %" : "0 %";
  $("trace-unit").textContent = `of ${integer(answer.characters)} characters occur in ${chosen().join(", ")}, in ${integer(n)} ${plural(n, "piece", "pieces")}`;
  $("trace-latency").textContent = milliseconds(answer.latency_ms) + " in the engine";
  $("trace-detail").replaceChildren();
  $("traced").replaceChildren(...layers(text, answer.spans).map(piece => piece.span ? tracedMark(piece, answer.spans.indexOf(piece.span)) : piece.text));
  showLegend(answer.spans);
  $("trace-documents").replaceChildren(...answer.documents.map(one => rankedDocument(one, answer.characters)));
  $("trace-ranking").hidden = !answer.documents.length;
  $("trace-unlocated").hidden = !answer.unlocated;
  $("trace-unlocated").textContent = `The order lacks ${integer(answer.unlocated)} occurrences of frequent pieces.`;
  const first = $("traced").querySelector("mark");
  if (first) first.click();
  else $("trace-detail").replaceChildren(el("p", { className: "hint", textContent: "No overlap found with these settings." }));
}
/* step: false if the address says so already. */
async function trace(step) {
  const text = $("trace-text").value, settings = traceSettings();
  if (tracing) tracing.abort();
  if (!text.trim() || !index()) { $("trace-text").focus(); return; }
  traced = text;
  tracedWith = JSON.stringify(settings);
  if (step !== false) remember(true);
  tracing = new AbortController();
  askAnew();
  $("trace-run").disabled = true;
  try {
    const answer = await call(together() + "/trace", { text, ...settings, documents: RANKED, evidence: 3, context: Math.min(EVIDENCE_CONTEXT, limits.context_bytes) }, tracing.signal);
    content();
    showTrace(text, answer);
  } catch (error) { complain(error, trace); }
  $("trace-run").disabled = false;
}
$("trace-run").onclick = () => trace();
$("trace-text").onkeydown = event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) trace(); };
