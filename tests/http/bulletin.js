// A bulletin of 9 benchmarks, 5 corpora and 4 dates in a browser: bulletin.js SITE, a folder or an address without a slash
// at its end. Prints lines "ok NAME" and "not ok NAME".
"use strict";
const { check, shot, accessible, drive } = require("./browser.js");
const site = process.argv[2].includes("://") ? process.argv[2] : `file://${process.argv[2]}`;

// With all that is closed open.
async function opened(page, name) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((one, i) => { one.open = i < 3; }));
  await accessible(page, name);
}

async function sorting(page, mode) {
  const column = (n) => page.locator(`#newest tbody tr > :nth-child(${n})`).allInnerTexts();
  await page.click("#newest thead button:has-text('Dirty')");
  const high = (await column(6)).map(parseFloat);
  check(`${mode}: sorted, the highest first`, high.length === 90 && high.every((rate, i) => i === 0 || rate <= high[i - 1]), high);
  await page.click("#newest thead button:has-text('Dirty')");
  check(`${mode}: and the lowest`, (await page.locator("#newest th[aria-sort=ascending]").count()) === 1);
  await page.fill("[data-filter] input", "gsm8k web folded");
  check(`${mode}: filtered`, (await page.locator("#newest tbody tr:visible").count()) === 1);
  check(`${mode}: which is told`, (await page.locator("[data-filter] [role=status]").innerText()) === "1 of 90");
  await page.fill("[data-filter] input", "");
}

async function visit(browser, width, scheme) {
  const mode = `${width}-${scheme}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = [], others = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => { if (!request.url().startsWith(site) && !request.url().startsWith("data:")) others.push(request.url()); });
  page.setDefaultTimeout(30000);
  await page.goto(`${site}/index.html`);
  await shot(page, `bulletin-${mode}`);
  check(`${mode}: every cell of the overview`, (await page.locator(".grid tbody td a").count()) === 45);
  await sorting(page, mode);
  await page.goto(`${site}/index.html#gsm8k--web`);
  check(`${mode}: a link opens a cell`, await page.locator("#gsm8k--web table").isVisible());
  check(`${mode}: in view`, await page.evaluate(() => { const at = document.getElementById("gsm8k--web").getBoundingClientRect().top; return at >= 0 && at < innerHeight; }));
  check(`${mode}: with its history`, (await page.locator("#gsm8k--web tbody tr").count()) === 8);
  await shot(page, `bulletin-cell-${mode}`);
  check(`${mode}: nothing sticks out`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await opened(page, `${mode} index`);
  await page.goto(`${site}/add.html`);
  check(`${mode}: nothing of the other page`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await opened(page, `${mode} add`);
  check(`${mode}: no error on the page`, wrong.length === 0, wrong);
  check(`${mode}: no one else is asked`, others.length === 0, others);
  await context.close();
}

async function withoutScripts(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${site}/index.html`);
  check("without scripts: the overview", (await page.locator(".grid tbody td a").count()) === 45);
  check("without scripts: no button", (await page.locator("button").count()) === 0);
  await page.locator("details.cell summary").first().click();
  check("without scripts: a history", await page.locator("details.cell table").first().isVisible());
  await page.locator(".grid tbody td a").nth(20).click();
  check("without scripts: a link opens a cell", (await page.locator("details.cell[open]").count()) === 2);
  await context.close();
}

drive("bulletin", async (browser) => {
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [360, "light"], [360, "dark"]]) await visit(browser, width, scheme);
  await withoutScripts(browser);
});
