// A report in a browser: report.js FOLDER, a report of benchmarks a and b. Prints lines "ok NAME" and "not ok NAME".
"use strict";
const fs = require("fs");
const { check, shot, accessible, drive } = require("./browser.js");
const folder = process.argv[2];
const url = `file://${folder}/report.html`;
async function download(page, label) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(`button:has-text("${label}")`)]);
  return [file.suggestedFilename(), fs.readFileSync(await file.path(), "utf8")];
}

async function downloads(page, mode) {
  let [name, text] = await download(page, "report as JSON");
  check(`${mode}: report.json, byte for byte the same`, name === "report.json" && JSON.stringify(JSON.parse(text)) ===
    JSON.stringify(JSON.parse(fs.readFileSync(`${folder}/report.json`, "utf8"))), text.slice(0, 200));
  [name, text] = await download(page, "rates as CSV");
  check(`${mode}: the rates`, name === "summary.csv" && text.split("\n").length === 4 && text.startsWith('"benchmark","corpus"'), text);
  await page.fill("#search", "whole");
  [name, text] = await download(page, "these entries as CSV");
  check(`${mode}: the entries that are shown`, name === "entries.csv" && text.split("\n").length === 4 && text.includes('"whole"'), text);
  await page.fill("#search", "");
}

async function anchors(page, mode) {
  const rows = page.locator(".entries tr.entry");
  check(`${mode}: a preview of the text`, (await rows.filter({ hasText: "whole" }).first().locator(".preview").innerText()).startsWith("one fish"));
  await rows.filter({ hasText: "half" }).first().locator(".open").click();
  check(`${mode}: an open entry is in the address`, page.url().endsWith("#a/1"), page.url());
  await page.uncheck("input[value=clean]");
  check(`${mode}: filtered`, (await rows.filter({ hasText: "none" }).count()) === 0);
  await page.evaluate(() => { location.hash = "#b/2"; });
  await page.locator("[id='b/2'] .open[aria-expanded=true]").waitFor();
  check(`${mode}: an address opens its entry`, await page.evaluate(() => { const at = document.getElementById("b/2").getBoundingClientRect().top; return at >= -1 && at < innerHeight; }));
  await page.evaluate(() => { location.hash = "#b/2"; });
  const symbols = await page.locator("[id='b/2'] + tr .symbol").allInnerTexts();
  check(`${mode}: a hidden character shows, joiners of emoji and Persian words stay`, symbols.join() === "U+200D", symbols);
  check(`${mode}: in spite of the filter`, await page.isChecked("input[value=clean]"));
  await page.evaluate(() => { location.hash = "#b/77"; });
  await page.waitForFunction(() => /b\/77 is not on this page/.test(document.querySelector("[role=status]").textContent));
  check(`${mode}: an entry that is not there is told`, true);
}

async function visit(browser, width, scheme) {
  const mode = `${width}-${scheme}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = [], others = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => { if (!/^(file:|data:|blob:)/.test(request.url())) others.push(request.url()); });
  page.setDefaultTimeout(30000);
  await page.goto(url);
  const about = await page.locator("section:has(#about)").innerText();
  check(`${mode}: what it cites`, /2023-11-14 22:13:20 UTC/.test(about) && /ngidx contam a\.jsonl b\.jsonl/.test(about) && /version 7/.test(about) &&
    /revision r1/.test(about) && /control shuffled/.test(about) && /index [0-9a-f]{32}/.test(about), about);
  check(`${mode}: intervals of the sample`, /dirty\s+1\s+33\.3.% \(6\.2–79\.2\)/.test(await page.locator("section:has(#summary)").innerText()),
    await page.locator("section:has(#summary)").innerText());
  await downloads(page, mode);
  await anchors(page, mode);
  await shot(page, `report-${mode}`);
  check(`${mode}: nothing sticks out`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await accessible(page, mode);
  check(`${mode}: no error on the page`, wrong.length === 0, wrong);
  check(`${mode}: no one else is asked`, others.length === 0, others);
  await context.close();
}

async function redacted(browser) {
  const page = await browser.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  await page.goto(`file://${folder}/../redacted/report.html`);
  await page.locator(".entries .open").first().click();
  check("redacted: an entry opens", await page.locator("tr.detail").isVisible());
  check("redacted: without text", !/fish/.test(await page.locator("main").innerText()));
  check("redacted: no error on the page", wrong.length === 0, wrong);
  await accessible(page, "redacted");
}

async function withoutScripts(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(url);
  check("without scripts: the rates", (await page.locator("noscript table tbody tr, table tbody tr").count()) >= 2);
  await context.close();
}

drive("report in a browser", async (browser) => {
  for (const width of [1280, 390]) for (const scheme of ["light", "dark"]) await visit(browser, width, scheme);
  await redacted(browser);
  await withoutScripts(browser);
});
