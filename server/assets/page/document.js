
/* ---- a document ---- */
function metaValue(value) {
  if (typeof value === "string" && /^https?:\/\//.test(value)) return el("a", { href: value, textContent: value, rel: "noopener noreferrer", target: "_blank" });
  return typeof value === "string" ? value : JSON.stringify(value);
}
/* Appends text to a node, with the hit's bytes marked, or every occurrence of the phrase. */
function fill(node, text, firstByte) {
  if (doc.at !== null && doc.at >= firstByte && doc.at + doc.length <= firstByte + encoder.encode(text).length) {
    const [before, found, behind] = cut(text, doc.at - firstByte, doc.at - firstByte + doc.length);
    plainMarks(node, before, found);
    node.append(mark(found, "here"));
    plainMarks(node, behind, found);
  } else node.append(text);
}
function plainMarks(node, text, phrase) {
  let from = 0;
  for (let at; phrase && (at = text.indexOf(phrase, from)) >= 0; from = at + phrase.length) node.append(text.slice(from, at), mark(phrase));
  node.append(text.slice(from));
}
async function piece(offset, length) {
  return call(`${pathOf(doc.index)}/doc/${doc.number}?offset=${offset}&length=${Math.max(4, length)}`);
}
function edges() {
  $("doc-earlier").hidden = doc.begin === 0;
  $("doc-later").hidden = doc.end >= doc.bytes;
}
function openDocument(index, number, at = null, length = 0) {
  doc = { index, number, at, length };
  remember(true);
  showDocument(index, number, at, length);
}
function closeDocument() {
  doc = null;
  if ($("document").open) $("document").close();
}
function failDocument(error) { closeDocument(); remember(true); complain(error); }
async function showDocument(index, number, at, length) {
  const mine = doc = { index, number, at, length };
  try {
    const got = await piece(at === null ? 0 : Math.max(0, at - PIECE / 2), PIECE);
    if (doc !== mine) return;
    Object.assign(doc, { begin: got.offset, end: got.end, bytes: got.length });
    $("doc-title").textContent = titleOf(got);
    $("doc-source").textContent = `${several() ? index + ", document" : "Document"} ${integer(number)}${got.id === null ? "" : ` · id ${got.id}`} · ${integer(got.length)} bytes · ${got.source.path}${got.source.line ? ", line " + integer(got.source.line) : ""}`;
    const entries = Object.entries(got.metadata || {});
    $("doc-meta").replaceChildren(...entries.flatMap(([key, value]) => [el("dt", { textContent: key }), el("dd", {}, metaValue(value))]));
    $("doc-about").hidden = entries.length === 0;
    $("doc-text").replaceChildren();
    fill($("doc-text"), got.text, got.offset);
    edges();
    if (!$("document").open) $("document").showModal();
    const here = $("doc-text").querySelector(".here");
    if (here) here.scrollIntoView({ block: "center" }); else $("doc-body").scrollTop = 0;
    $("doc-body").focus({ preventScroll: true });
  } catch (error) { if (doc === mine) doc = null; complain(error, () => openDocument(index, number, at, length)); }
}
/* Closed by the person: back to where it was opened, so that Back does not open it again. */
$("document").onclose = () => {
  if (!doc) return;
  const opened = history.state && history.state.opened;
  doc = null;
  if (opened) { leaving = true; history.back(); } else remember(true);
};
$("doc-close").onclick = () => $("document").close();
$("document").onclick = event => { if (event.target === $("document")) $("document").close(); };
$("doc-later").onclick = async () => {
  try { const got = await piece(doc.end, PIECE); doc.end = got.end; $("doc-text").append(got.text); edges(); } catch (error) { failDocument(error); }
};
$("doc-earlier").onclick = async () => {
  try {
    const from = Math.max(0, doc.begin - PIECE), got = await piece(from, doc.begin - from), height = $("doc-body").scrollHeight;
    doc.begin = got.offset;
    $("doc-text").prepend(got.text);
    $("doc-body").scrollTop += $("doc-body").scrollHeight - height;
    edges();
  } catch (error) { failDocument(error); }
};
