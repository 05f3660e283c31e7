// What a person does on the page: page.js URL FOLDER, where FOLDER holds bench.jsonl and broken.jsonl. Prints lines
// "ok NAME" and "not ok NAME".
"use strict";
const { chromium } = require("playwright-core");
const [url, folder] = process.argv.slice(2);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

function check(name, condition, seen = "") {
  console.log(condition ? `ok ${name}` : `not ok ${name}\n    seen: ${JSON.stringify(seen)}`);
}

async function shot(page, name) {
  if (process.env.PAGE_SHOTS) await page.screenshot({ path: `${process.env.PAGE_SHOTS}/${name}.png` });
}

const text = (page, id) => page.locator(id).first().innerText();
const hits = page => page.locator("#hits .hit");

async function search(page, mode) {
  await page.fill("#phrase", "fish");
  await page.waitForFunction(() => document.getElementById("count").textContent === "504");
  await hits(page).first().waitFor();
  check(`${mode}: hits in context, marked`, (await hits(page).count()) === 10 && (await text(page, "#hits mark")) === "fish");
  check(`${mode}: the latency is told`, /engine/.test(await text(page, "#latency")), await text(page, "#latency"));
  check(`${mode}: the first page`, (await text(page, "#range")) === "1–10 of 504", await text(page, "#range"));
  await shot(page, `search-${mode}`);
  await page.click("#next");
  await page.waitForFunction(() => document.getElementById("range").textContent === "11–20 of 504");
  await page.click("#previous");
  await page.waitForFunction(() => document.getElementById("range").textContent === "1–10 of 504");
  check(`${mode}: pages forth and back`, true);
  await page.fill("#phrase", "zebra");
  await page.waitForFunction(() => document.getElementById("count").textContent === "0");
  check(`${mode}: nothing found is said`, (await hits(page).count()) === 0);
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
  await page.keyboard.press("Escape");
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
}

async function contamination(page, mode) {
  await page.click("#tab-contam");
  await page.setInputFiles("#file", `${folder}/broken.jsonl`);
  await page.locator("#notice").waitFor();
  check(`${mode}: a broken file is explained`, /line 2/.test(await text(page, "#notice")), await text(page, "#notice"));
  await page.setInputFiles("#file", `${folder}/bench.jsonl`);
  await page.locator("#contam-save").waitFor();
  const tiles = await page.locator("#tiles .tile b").allInnerTexts();
  check(`${mode}: the report`, +tiles[0] + +tiles[1] === 2 && tiles[2] === "1", tiles);
  check(`${mode}: the field is found`, (await page.locator("#contam-field").inputValue()) === "question");
  await page.locator("details.entry summary").first().click();
  await page.locator("details.entry .hit").first().waitFor();
  check(`${mode}: an entry and its evidence`, (await page.locator("details.entry mark").count()) > 1);
  await shot(page, `contamination-${mode}`);
  await page.locator("#tiles .tile.clean").click();
  check(`${mode}: entries of a class`, (await page.locator("details.entry").count()) === 1);
}

async function folded(page, mode) {
  await page.click("#tab-search");
  check(`${mode}: one view, no switch`, !(await page.locator("#view").isVisible()));
  await page.selectOption("#index", "both");
  await page.fill("#phrase", "red fish");
  await page.waitForFunction(() => document.getElementById("count").textContent === "0");
  await page.selectOption("#view", "folded");
  await page.waitForFunction(() => document.getElementById("count").textContent === "2");
  await hits(page).nth(1).waitFor();
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
  check("a hostile text is shown as text", (await page.title()) === "ngidx" && (await text(page, "#doc-text")).includes("onerror"));
  check("a hostile URL is no link", (await page.locator("#doc-meta a").count()) === 0);
  await page.keyboard.press("Escape");
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
  await search(page, mode);
  await openDocument(page, mode);
  await traceText(page, mode);
  await contamination(page, mode);
  await folded(page, mode);
  check(`${mode}: nothing sticks out`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  if (width > 1000) {
    await names(page);
    await harmless(page);
    await unreachable(page);
    await login(page);
  }
  check(`${mode}: no error on the page`, wrong.length === 0, wrong);
  check(`${mode}: no one else is asked`, others.length === 0, others);
  await context.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.BROWSER, args: flags });
  try {
    await visit(browser, 1280, "light");
    await visit(browser, 360, "dark");
  } finally {
    await browser.close();
  }
})().catch(error => {
  console.log(`not ok page\n${error.stack}`);
  process.exit(1);
});
