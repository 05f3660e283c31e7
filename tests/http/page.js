// What a person does on the page: page.js URL FOLDER, where FOLDER holds bench.jsonl and broken.jsonl. Prints lines
// "ok NAME" and "not ok NAME".
"use strict";
const { check, shot, accessible, drive } = require("./browser.js");
const [url, folder] = process.argv.slice(2);
const text = (page, id) => page.locator(id).first().innerText();
const hits = page => page.locator("#hits .hit");

const count = (page, n) => page.waitForFunction(n => document.getElementById("count").textContent === n && !document.getElementById("count").classList.contains("stale"), n);
const range = (page, wanted) => page.waitForFunction(wanted => document.getElementById("range").textContent === wanted, wanted);

async function search(page, mode) {
  await page.fill("#phrase", "fish");
  await count(page, "504");
  await hits(page).first().waitFor();
  await page.waitForFunction(() => document.getElementById("in-documents").textContent === "in 3 documents");
  check(`${mode}: occurrences and documents`, (await text(page, "#unit")) === "occurrences");
  check(`${mode}: many hits: a random sample of them`, (await hits(page).count()) === 20 && (await text(page, "#range")) === "20 drawn at random from 504", await text(page, "#range"));
  check(`${mode}: in context, marked`, (await text(page, "#hits mark")) === "fish");
  check(`${mode}: the latency is told`, /engine/.test(await text(page, "#latency")), await text(page, "#latency"));
  await shot(page, `search-${mode}`);
  const drawn = await text(page, "#hits");
  await page.click("#draw");
  await page.waitForFunction(drawn => document.getElementById("hits").innerText !== drawn, drawn);
  check(`${mode}: another sample`, (await hits(page).count()) === 20);
  await page.selectOption("#show", "all");
  await range(page, "1–10 of 504");
  await page.click("#next");
  await range(page, "11–20 of 504");
  await page.click("#previous");
  await range(page, "1–10 of 504");
  await page.selectOption("#show", "docs");
  await page.waitForFunction(() => document.querySelectorAll("#hits .hit").length === 3);
  check(`${mode}: one hit a document`, (await hits(page).count()) === 3);
  await page.fill("#phrase", "zfishz");
  await count(page, "0");
  await page.locator("#try-part").waitFor();
  check(`${mode}: nothing found: the longest part that occurs`, (await hits(page).count()) === 0 && /“fish”, 504 times/.test(await text(page, "#nothing")), await text(page, "#nothing"));
  await shot(page, `nothing-${mode}`);
  await page.click("#try-part");
  await count(page, "504");
  await page.fill("#phrase", "ʬ");
  await count(page, "0");
  await page.waitForFunction(() => /No part of it occurs/.test(document.getElementById("nothing").textContent));
}

async function together(page, mode) {
  await page.fill("#phrase", "fish");
  await page.click("#conditions summary");
  await page.fill("#and", "red");
  await count(page, "3");
  check(`${mode}: only in documents with another phrase`, (await text(page, "#in-documents")) === "in 1 document", await text(page, "#in-documents"));
  await page.fill("#within", "1");
  await count(page, "2");
  await page.fill("#not", "two");
  await page.fill("#within", "");
  await count(page, "0");
  await page.locator("#try-alone").waitFor();
  check(`${mode}: what there is without the conditions`, /504 occurrences/.test(await text(page, "#nothing")), await text(page, "#nothing"));
  await shot(page, `together-${mode}`);
  await page.fill("#and", "");
  await count(page, "501");
  await page.fill("#not", "");
  await count(page, "504");
  await page.click("#conditions summary");
}

async function continuations(page, mode) {
  await page.selectOption("#index", "birds");
  await page.fill("#phrase", "song of");
  await count(page, "200");
  await page.click("#as-next");
  await page.locator("#following tbody tr").first().waitFor();
  check(`${mode}: what follows`, /song of sixpence/.test(await text(page, "#following tbody td")) && (await page.locator("#following tbody tr").count()) === 1, await text(page, "#following"));
  check(`${mode}: the sum is told`, /200 of 200 occurrences \(100\.0 %\); 0 go on otherwise/.test(await text(page, "#range")), await text(page, "#range"));
  await page.fill("#words", "2");
  await page.locator("#words").blur();
  await page.waitForFunction(() => /sixpence,/.test(document.querySelector("#following tbody").textContent));
  await page.fill("#words", "1");
  await page.fill("#phrase", "bird number");
  await page.waitForFunction(() => document.querySelectorAll("#following tbody tr").length === 50);
  check(`${mode}: and the rest`, /50 of 200 .* 150 go on otherwise/.test(await text(page, "#range")), await text(page, "#range"));
  await shot(page, `following-${mode}`);
  await accessible(page, `${mode}: continuations`);
  await page.click("#as-before");
  await page.waitForFunction(() => /the document starts/.test(document.querySelector("#following tbody").textContent));
  await page.fill("#phrase", "number");
  await page.waitForFunction(() => /bird number/.test(document.querySelector("#following tbody").textContent));
  await page.click("#following tbody button");
  await page.waitForFunction(() => document.getElementById("phrase").value === "bird number");
  check(`${mode}: a continuation becomes the phrase`, true);
  await page.click("#as-hits");
  await range(page, "20 drawn at random from 200");
  await page.selectOption("#index", "fish");
}

// Every step has an address, and Back goes through them in turn.
async function addresses(page, mode) {
  await page.goto(url + "#index=birds&q=sixpence&show=all&page=3");
  await page.reload();
  await range(page, "21–30 of 200");
  check(`${mode}: a page of hits has an address`, (await page.inputValue("#index")) === "birds" && (await page.inputValue("#phrase")) === "sixpence");
  await page.click("#next");
  await range(page, "31–40 of 200");
  await hits(page).first().click();
  await page.locator("#document[open]").waitFor();
  const opened = page.url(), title = await text(page, "#doc-title");
  check(`${mode}: a document has an address`, /doc=\d+&at=\d+&length=8/.test(opened), opened);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !location.hash.includes("doc="));
  await range(page, "31–40 of 200");
  await page.goBack();
  await range(page, "21–30 of 200");
  check(`${mode}: Back goes to the page before`, !(await page.locator("#document").isVisible()));
  await page.goForward();
  await range(page, "31–40 of 200");
  await page.click("#tab-trace");
  await page.fill("#trace-text", "Listen! bird number 8 sings a song of sixpence, a pocket full of lint");
  await page.click("#trace-run");
  await page.locator("#traced mark").first().waitFor();
  const traced = page.url();
  await page.goBack();
  await page.waitForFunction(() => document.getElementById("trace-result").hidden);
  await page.goBack();
  await page.locator("#search").waitFor();
  check(`${mode}: Back leaves a trace`, (await text(page, "#range")) === "31–40 of 200");
  await page.goForward();
  await page.goForward();
  await page.locator("#traced mark").first().waitFor();
  check(`${mode}: Forward makes it again`, (await text(page, "#traced mark")).includes("bird number 8"));
  const other = await page.context().newPage();
  await other.goto(opened);
  await other.locator("#document[open]").waitFor();
  check(`${mode}: a link opens the document at the hit`, (await text(other, "#doc-title")) === title && (await text(other, "#doc-text .here")) === "sixpence");
  await other.keyboard.press("Escape");
  await range(other, "31–40 of 200");
  await other.goto(traced);
  await other.reload();
  await other.locator("#traced mark").first().waitFor();
  check(`${mode}: a link makes the trace`, (await text(other, "#traced mark")).includes("bird number 8"));
  await other.goto(url + "#index=swans&q=sixpence");
  await other.reload();
  await other.locator("#notice").waitFor();
  check(`${mode}: an unknown index is an error`, /no index "swans"/.test(await text(other, "#notice")) && /fish/.test(await text(other, "#notice small")), await text(other, "#notice"));
  check(`${mode}: and no other is searched`, (await text(other, "#count")) === "" && (await other.inputValue("#index")) === "", await text(other, "#count"));
  await shot(other, `unknown-${mode}`);
  await other.selectOption("#index", "birds");
  await count(other, "200");
  check(`${mode}: until one is chosen`, !(await other.locator("#notice").isVisible()) && /index=birds/.test(other.url()), other.url());
  await other.goto(url + "#index=fish&view=folded&q=fish");
  await other.reload();
  await other.locator("#notice").waitFor();
  check(`${mode}: so is a view that the index does not have`, /no folded text/.test(await text(other, "#notice")), await text(other, "#notice"));
  await other.close();
  await page.goto(url + "#index=fish");
  await page.waitForFunction(() => document.getElementById("phrase").value === "");
}

// Words typed one after the other are steps; letters are not. (A tab of its own: a history has at most 50 entries.)
async function typing(context) {
  const page = await context.newPage(), steps = () => page.evaluate(() => history.length);
  await page.goto(url + "#index=fish");
  await page.waitForFunction(() => document.getElementById("facts").textContent.includes("documents"));
  const before = await steps();
  await page.type("#phrase", "red", { delay: 20 });
  await count(page, "1");
  await page.waitForTimeout(1700);
  await page.type("#phrase", " fish", { delay: 20 });
  await page.waitForFunction(() => document.getElementById("phrase").value === "red fish");
  check("what is typed at a time is one step", (await steps()) - before === 2, (await steps()) - before);
  await page.goBack();
  await page.waitForFunction(() => document.getElementById("phrase").value === "red");
  check("and Back takes it back", true);
  await page.close();
}

async function rightToLeft(page, mode) {
  await page.selectOption("#index", "scripts");
  await page.fill("#phrase", "שלום");
  await count(page, "2");
  await hits(page).first().waitFor();
  const seen = await page.evaluate(() => ["#phrase", "#hits .snippet"].map(s => getComputedStyle(document.querySelector(s)).direction));
  check(`${mode}: right to left where the text is`, seen.join() === "rtl,rtl", seen);
  await hits(page).first().click();
  await page.locator("#document[open]").waitFor();
  check(`${mode}: also in a document`, (await page.evaluate(() => getComputedStyle(document.getElementById("doc-text")).direction)) === "rtl");
  await shot(page, `rtl-${mode}`);
  await page.keyboard.press("Escape");
  await page.fill("#phrase", "東京");
  await count(page, "2");
  await page.click("#as-next");
  await page.waitForFunction(() => document.querySelectorAll("#following tbody tr").length === 2);
  check(`${mode}: a character is a word where there are no spaces`, (await page.locator("#following b").allInnerTexts()).sort().join() === "タ,都", await text(page, "#following"));
  await page.click("#as-hits");
  await page.selectOption("#index", "fish");
}

// The daemon behind a proxy that gives it a path of its own.
async function prefixed(browser) {
  const http = require("http"), { port } = new URL(url);
  const proxy = http.createServer((request, response) => {
    if (!request.url.startsWith("/ngidx/")) { response.writeHead(404).end(); return; }
    const onward = http.request({ port, host: "127.0.0.1", method: request.method, path: request.url.slice(6), headers: request.headers },
      answer => { response.writeHead(answer.statusCode, answer.headers); answer.pipe(response); });
    request.pipe(onward);
  });
  await new Promise(done => proxy.listen(0, "127.0.0.1", done));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${proxy.address().port}/ngidx/#index=fish&q=red`);
  await count(page, "1");
  await hits(page).first().click();
  await page.locator("#document[open]").waitFor();
  check("behind a path: search and document", (await text(page, "#doc-text .here")) === "red");
  await page.keyboard.press("Escape");
  check("behind a path: the API's description", (await page.evaluate(async () => (await fetch(document.querySelector("footer a").href)).status)) === 200);
  await page.close();
  proxy.close();
}

async function scriptless(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false }), page = await context.newPage();
  await page.goto(url);
  check("without JavaScript the page says what it needs", /needs JavaScript/.test(await page.locator("body").innerText()));
  await context.close();
}

async function openDocument(page, mode) {
  await page.fill("#phrase", "red fish");
  await page.waitForFunction(() => document.getElementById("count").textContent === "1");
  await page.waitForFunction(() => document.querySelectorAll("#hits .hit").length === 1);
  await page.focus("#phrase");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("#document[open]").waitFor();
  check(`${mode}: a document opens by keyboard`, (await text(page, "#doc-title")) === "Fish");
  check(`${mode}: whole`, (await page.locator("#doc-text").textContent()) === "one fish, two fish\nred fish");
  check(`${mode}: with the hit marked`, (await text(page, "#doc-text .here")) === "red fish");
  await page.click("#doc-about summary");
  check(`${mode}: and its metadata`, (await page.locator("#doc-meta a").getAttribute("href")) === "https://example.org/fish");
  await shot(page, `document-${mode}`);
  await accessible(page, `${mode}: a document`);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !location.hash.includes("doc="));
  check(`${mode}: Escape closes it`, !(await page.locator("#document").isVisible()));
}

async function traceText(page, mode) {
  await page.click("#tab-trace");
  await page.selectOption("#index", "birds");
  await page.fill("#trace-text", "Listen! bird number 8 sings a song of sixpence, a pocket full of lint");
  await page.click("#trace-run");
  await page.locator("#traced mark").first().waitFor();
  check(`${mode}: overlaps are marked`, (await text(page, "#traced mark")).includes("bird number 8 sings a song of sixpence"));
  check(`${mode}: and where they stand`, /document 8,/.test(await text(page, "#trace-detail .hit")), await text(page, "#trace-detail"));
  await shot(page, `trace-${mode}`);
  await accessible(page, `${mode}: a trace`);
}

async function contamination(page, mode) {
  await page.click("#tab-contam");
  await page.setInputFiles("#file", `${folder}/broken.jsonl`);
  await page.locator("#notice").waitFor();
  check(`${mode}: a broken file is explained`, /^broken\.jsonl:2: /.test(await text(page, "#notice")), await text(page, "#notice"));
  await page.setInputFiles("#file", `${folder}/bench.jsonl`);
  await page.locator("#contam-save").waitFor();
  const tiles = await page.locator("#tiles .tile b").allInnerTexts();
  check(`${mode}: the report`, +tiles[0] + +tiles[1] === 2 && tiles[2] === "1", tiles);
  check(`${mode}: the field is found`, (await page.locator("#contam-field").getAttribute("placeholder")) === "question");
  await page.locator("details.entry summary").first().click();
  await page.locator("details.entry .hit").first().waitFor();
  check(`${mode}: an entry and its evidence`, (await page.locator("details.entry mark").count()) > 1);
  await shot(page, `contamination-${mode}`);
  await accessible(page, `${mode}: a report`);
  await page.locator("#tiles .tile.clean").click();
  check(`${mode}: entries of a class`, (await page.locator("details.entry").count()) === 1);
  await page.selectOption("#contam-preset", "palm");
  await page.click("#contam-run");
  await page.waitForFunction(() => /preset palm \(/.test(document.getElementById("contam-note").textContent));
  check(`${mode}: a recipe of a publication`, /2204\.02311/.test(await text(page, "#contam-note")), await text(page, "#contam-note"));
  await page.selectOption("#contam-preset", "qwen");
  await page.click("#contam-run");
  await page.locator("#notice").waitFor();
  check(`${mode}: a recipe that the index cannot answer`, /view/.test(await text(page, "#notice")), await text(page, "#notice"));
  await page.selectOption("#contam-preset", "");
}

// Any file that the command reads; a report comes back by Back, and is read by ngidx contam diff.
async function reports(page, mode) {
  await page.click("#tab-contam");
  await page.selectOption("#index", "birds");
  const tiles = async () => (await page.locator("#tiles .tile b").allInnerTexts()).join();
  const note = wanted => page.waitForFunction(wanted => document.getElementById("contam-note").textContent.startsWith(wanted) && report.kept && document.getElementById("contam-progress").hidden, wanted);
  for (const file of ["bench.jsonl", "bench.jsonl.gz", "bench.jsonl.zst", "bench.csv"]) {
    await page.setInputFiles("#file", `${folder}/${file}`);
    await note(`3 entries of ${file} against birds`);
    check(`${mode}: ${file} is read`, (await tiles()) === "2,0,1", await tiles());
  }
  await page.setInputFiles("#file", `${folder}/bench.jsonl.gz`);
  await note("3 entries of bench.jsonl.gz");
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("#contam-save")]);
  await saved.saveAs(`${folder}/saved.json`);
  check(`${mode}: the report is saved`, saved.suggestedFilename() === "bench.contamination.json", saved.suggestedFilename());
  await page.setInputFiles("#file", `${folder}/pairs.jsonl`);
  await note("3 entries of pairs.jsonl");
  await page.fill("#contam-field", "passage, question");
  await page.locator("#contam-field").blur();
  await page.waitForFunction(() => report && report.kept && report.file.benchmarks[0].fields === "passage, question");
  await page.locator("details.entry summary").first().click();
  await page.waitForFunction(() => document.querySelectorAll("details.entry .quote").length === 2);
  check(`${mode}: an entry of several texts`, true);
  check(`${mode}: a report has an address`, /tab=contam/.test(page.url()) && /file=pairs\.jsonl/.test(page.url()) && /field=passage/.test(page.url()), page.url());
  await page.click("#tab-search");
  await page.goBack();
  await page.waitForFunction(() => !document.getElementById("contam").hidden && document.getElementById("contam-note").textContent.startsWith("3 entries of pairs.jsonl"));
  check(`${mode}: Back shows the report again`, await page.locator("#contam-save").isVisible());
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.waitForFunction(() => /Choose pairs\.jsonl/.test(document.getElementById("drop-title").textContent));
  check(`${mode}: a link asks for the file`, (await other.inputValue("#contam-field")) === "passage, question");
  await other.close();
  await page.fill("#contam-field", "");
  await page.selectOption("#index", "both");
  await page.fill("#contam-chars", "9");
  await page.setInputFiles("#file", `${folder}/many.jsonl`);
  await note("300 entries of many.jsonl against both; preset folded");
  await page.locator("details.entry summary").first().click();
  check(`${mode}: what stands in many entries is common text, though few are checked at a time`, /4 of them common text/.test(await text(page, "details.entry .inside > .hint")), await text(page, "details.entry .inside > .hint"));
  await page.fill("#contam-chars", "");
  await page.click("#tab-search");
  await page.selectOption("#index", "fish");
}

async function startPage(page, mode) {
  await page.locator("#cards li .examples button").nth(2).waitFor();
  const cards = await page.locator("#cards li").allInnerTexts();
  check(`${mode}: each index says what it holds`, cards.length === 4 && /fish[^]*4 documents[^]*Fish, counted and coloured[^]*red fish/.test(cards[0]), cards);
  check(`${mode}: with an example, if need be of its documents`, /bird number \d+/.test(cards[1]), cards[1]);
  for (const [text, wanted] of [["  one two three four", "one two three"], ["extraordinarily unaccountable things", "extraordinarily"],
    ["a line\nanother", "a line"], ["two  spaces", "two"], ["東京".repeat(20), "東京".repeat(12)], ["x".repeat(23) + "e\u0301e", "x".repeat(23) + "e\u0301"], ["\u0301 a", "\u0301 a"], ["", ""]])
    check(`${mode}: an example of ${JSON.stringify(text)}`, (await page.evaluate(text => firstWords(text), text)) === wanted, await page.evaluate(text => firstWords(text), text));
  await shot(page, `start-${mode}`);
  await accessible(page, `${mode}: the start`);
  await page.locator("#cards li .examples button").first().click();
  await count(page, "1");
  check(`${mode}: an example is searched for`, (await page.inputValue("#phrase")) === "red fish" && !(await page.locator("#start").isVisible()));
}

async function severalIndexes(page, mode) {
  await page.fill("#phrase", "fish");
  await page.selectOption("#index", { label: "several at once" });
  await page.locator("#several input[value=scripts]").uncheck();
  await page.locator("#several input[value=both]").uncheck();
  await page.locator("#shares li").nth(1).waitFor();
  check(`${mode}: several have an address`, /index=fish%2Cbirds/.test(page.url()), page.url());
  await page.fill("#phrase", "s");
  await page.waitForFunction(() => /in 204 documents/.test(document.getElementById("in-documents").textContent));
  const shares = await page.locator("#shares li").allInnerTexts(), n = +(await text(page, "#count")).replace(/,/g, "");
  const each = shares.map(share => +share.replace(/,/g, "").match(/ (\d+) in/)[1]);
  check(`${mode}: counts add up`, each.length === 2 && each[0] + each[1] === n, [shares, n]);
  await page.waitForFunction(() => document.querySelectorAll("#hits .hit").length === 20);
  check(`${mode}: a sample is of all`, (await text(page, "#range")) === `20 drawn at random from ${n.toLocaleString("en-US")}`, await text(page, "#range"));
  await page.fill("#phrase", "o");
  await page.locator("#show-label").waitFor();
  await page.selectOption("#show", "docs");
  await page.waitForFunction(() => /of 202 documents/.test(document.getElementById("range").textContent));
  const names = await page.locator("#hits .badge").allInnerTexts();
  check(`${mode}: one index after the other`, names.join() === ["fish"].concat(Array(9).fill("birds")).join(), names);
  await shot(page, `several-${mode}`);
  await accessible(page, `${mode}: several indexes`);
  await hits(page).nth(9).click();
  await page.locator("#document[open]").waitFor();
  check(`${mode}: the document is the right index's`, /in=birds/.test(page.url()) && /^birds, document/.test(await text(page, "#doc-source")), page.url());
  const link = page.url();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !location.hash.includes("doc="));
  await page.click("#as-next");
  await page.locator("#following tbody tr").first().waitFor();
  const rest = await text(page, "#range");
  check(`${mode}: what follows in all`, /of [\d,]+ occurrences/.test(rest), rest);
  await page.click("#tab-trace");
  await page.fill("#trace-text", "red fish, and bird number 8 sings a song of sixpence");
  await page.fill("#trace-min", "5");
  await page.click("#trace-run");
  await page.locator("#traced mark").nth(1).waitFor();
  const held = await page.locator("#trace-documents .badge").allInnerTexts();
  check(`${mode}: a trace in all`, held.includes("fish") && held.includes("birds"), held);
  const other = await page.context().newPage();
  await other.goto(link);
  await other.locator("#document[open]").waitFor();
  check(`${mode}: a link to several`, /^birds, document/.test(await text(other, "#doc-source")) && (await other.locator("#several input:checked").count()) === 2);
  await other.goto(url + "#index=fish,swans&q=x");
  await other.reload();
  await other.locator("#notice").waitFor();
  check(`${mode}: one that is unknown among them is an error`, /no index "swans"/.test(await text(other, "#notice")) && (await text(other, "#count")) === "", await text(other, "#notice"));
  await other.close();
  await page.fill("#trace-min", "30");
  await page.click("#tab-search");
  await page.click("#as-hits");
  await page.selectOption("#index", "fish");
}

async function downloads(page, mode) {
  const fs = require("fs");
  const download = async button => { const [file] = await Promise.all([page.waitForEvent("download"), page.click(button)]); return [file.suggestedFilename(), fs.readFileSync(await file.path(), "utf8")]; };
  await page.fill("#phrase", "fish");
  await range(page, "20 drawn at random from 504");
  const [, sample] = await download("#save-jsonl");
  check(`${mode}: the sample as JSON lines`, sample.trim().split("\n").map(line => JSON.parse(line)).filter(hit => hit.index === "fish" && hit.length === 4).length === 20, sample.slice(0, 300));
  await page.selectOption("#show", "all");
  await range(page, "1–10 of 504");
  const [name, all] = await download("#save-jsonl");
  const places = new Set(all.trim().split("\n").map(line => JSON.parse(line)).map(hit => `${hit.doc} ${hit.offset}`));
  check(`${mode}: all hits, each once`, places.size === 504 && name === "ngidx-fish-hits.jsonl", [name, places.size]);
  await page.fill("#phrase", "fish, two fish\n");
  await count(page, "1");
  await hits(page).first().waitFor();
  const [, csv] = await download("#save-csv");
  check(`${mode}: CSV, quoted where it must be`, /^index,doc,offset,length,id,url,path,line,before,hit,behind,metadata\r\nfish,\d+,4,15,[^]*,one ,"fish, two fish\n",red fish,"\{""/.test(csv), csv);
  await page.click("#as-next");
  await page.locator("#following tbody tr").first().waitFor();
  const [, next] = await download("#save-csv");
  check(`${mode}: what follows as CSV`, next === "text,count,share,end\r\nred,1,1,false\r\n", next);
  await page.click("#as-hits");
}

async function traceOptions(page, mode) {
  await page.click("#tab-trace");
  await page.selectOption("#index", "birds");
  await page.fill("#trace-text", "Listen! bird number 8 sings a song of sixpence, a pocket full of lint");
  await page.click("#trace-run");
  await page.locator("#traced mark.r0").first().waitFor();
  check(`${mode}: pieces are marked by rarity`, /once/.test(await text(page, "#rarities")), await text(page, "#rarities"));
  check(`${mode}: documents are ranked`, /document 8, .*shares 57 of 69 characters, in 1 piece/.test((await text(page, "#trace-documents li")).replace(/\n/g, " ")), await text(page, "#trace-documents li"));
  await page.locator("#trace-documents button.plain").first().click();
  check(`${mode}: and show their pieces`, (await page.locator("#traced mark.held").count()) === 1);
  await page.fill("#trace-least", "50");
  await page.check("#trace-whole");
  await page.click("#trace-run");
  await page.locator("#traced mark.r3").first().waitFor();
  check(`${mode}: frequent pieces`, (await text(page, "#traced mark")) === " sings a song of sixpence, a pocket full of ", await text(page, "#traced mark"));
  const link = page.url();
  check(`${mode}: the options are in the address`, /least=50/.test(link) && /whole=1/.test(link), link);
  await page.fill("#trace-most", "100");
  await page.click("#trace-run");
  await page.waitForFunction(() => /No overlap/.test(document.getElementById("trace-detail").textContent));
  await page.goBack();
  await page.locator("#traced mark.r3").first().waitFor();
  check(`${mode}: Back takes an option back`, (await page.inputValue("#trace-most")) === "");
  await accessible(page, `${mode}: a trace with options`);
  await page.fill("#trace-least", "");
  await page.uncheck("#trace-whole");
  await page.click("#tab-search");
  await page.selectOption("#index", "fish");
}

async function folded(page, mode) {
  await page.click("#tab-search");
  check(`${mode}: one view, no switch`, !(await page.locator("#view").isVisible()));
  await page.selectOption("#index", "both");
  await page.fill("#phrase", "red fish");
  await page.waitForFunction(() => document.getElementById("count").textContent === "0");
  await page.locator("#try-folded").waitFor();
  check(`${mode}: what occurs if case and spacing are ignored`, /ignored: 2 occurrences/.test(await text(page, "#nothing")), await text(page, "#nothing"));
  await page.click("#try-folded");
  check(`${mode}: is a click away`, (await page.inputValue("#view")) === "folded");
  await page.waitForFunction(() => document.getElementById("count").textContent === "2");
  await hits(page).nth(1).waitFor();
  await fits(page, `${mode}, two views`);
  const marks = await page.locator("#hits mark").allInnerTexts();
  check(`${mode}: folded hits in the original text`, marks.sort().join("|") === "Red FISH|redfish", marks);
  await page.fill("#phrase", "RED HERRING blue");
  await page.waitForFunction(() => document.getElementById("count").textContent === "1");
  await hits(page).first().click();
  await page.locator("#document[open]").waitFor();
  check(`${mode}: and in the document`, (await text(page, "#doc-text .here")) === "red; &quot;herring&quot; — <b>blue", await text(page, "#doc-text"));
  await shot(page, `folded-${mode}`);
  await page.keyboard.press("Escape");
  await page.fill("#phrase", "...");
  await page.locator("#notice").waitFor();
  check(`${mode}: what folds to nothing is told`, /folds to nothing/.test(await text(page, "#notice")));
  await page.click("#tab-trace");
  await page.fill("#trace-text", "so: red herring, Blue FISH!");
  await page.fill("#trace-min", "10");
  await page.click("#trace-run");
  await page.locator("#traced mark").first().waitFor();
  await page.waitForFunction(() => document.querySelector("#traced mark").textContent.includes("herring"));
  check(`${mode}: a folded trace`, (await text(page, "#traced mark")) === "red herring, Blue FISH", await text(page, "#traced"));
  await page.click("#tab-search");
  await page.selectOption("#view", "exact");
  await page.selectOption("#index", "fish");
}

async function harmless(page) {
  await page.goto(url + "#index=birds&q=" + encodeURIComponent("</script>"));
  await page.reload();
  await hits(page).first().waitFor();
  await hits(page).first().click();
  await page.locator("#document[open]").waitFor();
  check("a hostile text is shown as text", (await page.title()) === "</script> – ngidx" && (await text(page, "#doc-text")).includes("onerror"));
  check("a hostile URL is no link", (await page.locator("#doc-meta a").count()) === 0);
  await page.keyboard.press("Escape");
}

// A count of documents that is an estimate, and a search that is cut, say so.
async function estimated(page) {
  await page.route("**/count", (route, request) => request.postDataJSON().docs
    ? route.fulfill({ json: { count: 1436, documents: 785, documents_exact: false, documents_low: 770, documents_high: 801, sampled: 100, latency_ms: 1 } })
    : request.postDataJSON().and ? route.fulfill({ json: { count: 3, documents: 1, exact: false, unlocated: 5000, unread_documents: 7, latency_ms: 1 } }) : route.continue());
  await page.goto(url + "#index=fish&q=fish");
  await page.reload();
  await page.waitForFunction(() => document.getElementById("in-documents").textContent !== "");
  check("an estimate says so", (await text(page, "#in-documents")) === "in about 785 documents (an estimate; 95 % interval 770 to 801)", await text(page, "#in-documents"));
  await page.goto(url + "#index=fish&q=fish&and=red");
  await page.locator("#cut").waitFor();
  check("what is cut says so", /At least: .* 5,000 occurrences were not located and 7 documents not read/.test(await text(page, "#cut")), await text(page, "#cut"));
  await page.unroute("**/count");
}

async function unreachable(page) {
  await page.route("**/v1/**", route => route.abort());
  await page.fill("#phrase", "anything");
  await page.locator("#notice").waitFor();
  check("a server that does not answer is explained", /does not answer/.test(await text(page, "#notice")));
  await page.unroute("**/v1/**");
  await page.click("#retry");
  await page.waitForFunction(() => document.getElementById("count").textContent === "0");
  check("and tried again", !(await page.locator("#notice").isVisible()));
}

async function login(page) {
  await page.route("**/v1/**", route => route.request().headers().authorization === "Bearer sesame" ? route.continue()
    : route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"detail": "this server asks for a token"}' }));
  await page.reload();
  await page.locator("#login[open]").waitFor();
  await page.fill("#token", "mustard");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /not the server's/.test(document.getElementById("login-hint").textContent));
  check("a wrong token is told", await page.locator("#login").isVisible());
  await page.fill("#token", "sesame");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("facts").textContent.includes("documents"));
  check("a token is asked for, and used", !(await page.locator("#login").isVisible()));
  await page.unroute("**/v1/**");
}

async function names(page) {
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, a[href]")].filter(node =>
    !(node.getAttribute("aria-label") || node.textContent.trim() || (node.labels && node.labels.length))).map(node => node.outerHTML));
  check("everything that can be used has a name", nameless.length === 0, nameless);
  check("the language is told", (await page.locator("html").getAttribute("lang")) === "en");
}

async function fits(page, mode) {
  check(`${mode}: nothing sticks out`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}

async function visit(browser, width, scheme) {
  const mode = `${width}-${scheme}`;
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = [], others = [];
  page.on("pageerror", error => wrong.push(error.message));
  page.on("request", request => { if (!request.url().startsWith(url) && !request.url().startsWith("data:")) others.push(request.url()); });
  page.setDefaultTimeout(30000);
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById("facts").textContent.includes("documents"));
  await startPage(page, mode);
  await search(page, mode);
  await accessible(page, `${mode}: nothing found`);
  await together(page, mode);
  await accessible(page, `${mode}: hits`);
  await continuations(page, mode);
  await openDocument(page, mode);
  await downloads(page, mode);
  await severalIndexes(page, mode);
  await traceOptions(page, mode);
  await traceText(page, mode);
  await contamination(page, mode);
  await reports(page, mode);
  await folded(page, mode);
  await rightToLeft(page, mode);
  await addresses(page, mode);
  await fits(page, mode);
  if (width > 1000) {
    await typing(context);
    await names(page);
    await harmless(page);
    await estimated(page);
    await unreachable(page);
    await login(page);
  }
  check(`${mode}: no error on the page`, wrong.length === 0, wrong);
  check(`${mode}: no one else is asked`, others.length === 0, others);
  await context.close();
}

drive("page", async (browser) => {
  await visit(browser, 1280, "light");
  await visit(browser, 360, "dark");
  await prefixed(browser);
  await scriptless(browser);
});
