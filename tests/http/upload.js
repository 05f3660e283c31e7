// A person uploads benchmarks, and reads the bulletin that the daemon serves: upload.js URL FOLDER, where FOLDER holds
// bench.jsonl, latin.jsonl and broken.jsonl. Prints lines "ok NAME" and "not ok NAME".
"use strict";
const { check, shot, accessible, drive } = require("./browser.js");
const [url, folder] = process.argv.slice(2);
const site = `${url}bulletin`;

async function sound(page, name) {
  await accessible(page, name);
  check(`${name}: nothing sticks out`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}

async function upload(page, file, name) {
  await page.setInputFiles("#file", `${folder}/${file}`);
  if (name) await page.fill("#name", name);
  await page.click("form button");
}

const says = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(document.getElementById("answer").textContent), pattern);

async function visit(browser, width, scheme) {
  const mode = `${width}-${scheme}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = [], others = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => { if (!request.url().startsWith(site) && !request.url().startsWith("data:")) others.push(request.url()); });
  page.setDefaultTimeout(30000);
  await page.goto(`${site}/add.html`);
  await page.click("a:has-text('its upload page')");
  check(`${mode}: the bulletin leads to the upload page`, (await page.locator("h1").innerText()) === "Upload a benchmark");
  await page.locator("#indexes:has-text('fish')").waitFor();
  await page.setInputFiles("#file", `${folder}/bench.jsonl`);
  check(`${mode}: the name is the file's`, (await page.inputValue("#name")) === "bench.jsonl");
  await page.fill("#name", "../bench.jsonl");
  await page.click("form button");
  await says(page, "other characters");
  check(`${mode}: a name that is none is told`, true);
  await upload(page, "bench.jsonl", `bench-${mode}.jsonl`);
  await says(page, "was added");
  check(`${mode}: a benchmark was added`, true);
  await upload(page, "latin.jsonl", `latin-${mode}.jsonl`);
  await says(page, "was added");
  check(`${mode}: a repair is told`, (await page.locator("#answer").innerText()).includes("not UTF-8, repaired with U+FFFD: 1 entry"));
  await upload(page, "broken.jsonl", `broken-${mode}.jsonl`);
  await says(page, "was not added");
  const reason = await page.locator("#failures li p").first().innerText();
  check(`${mode}: a reason, as text`, reason.includes("not JSON") && (await page.locator("#failures img").count()) === 0, reason);
  await sound(page, `${mode} upload`);
  await shot(page, `upload-${mode}`);
  await page.click("text=Contamination bulletin");
  await page.locator(`#newest :text('bench-${mode}')`).first().waitFor();
  check(`${mode}: it is in the bulletin`, true);
  await page.locator(".report a:has-text('report.html')").first().click();
  await page.locator("h1").waitFor();
  check(`${mode}: its report runs without an origin`, (await page.evaluate(() => origin)) === "null" && (await page.locator("#entries").count()) > 0);
  await page.locator("button.open").first().click();
  check(`${mode}: an entry of it opens`, (await page.locator("button.open[aria-expanded=true]").count()) === 1);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('rates as CSV')")]);
  check(`${mode}: it offers its figures`, download.suggestedFilename().endsWith(".csv"), download.suggestedFilename());
  check(`${mode}: no error on any page`, wrong.length === 0, wrong);
  check(`${mode}: no one else is asked`, others.length === 0, others);
  await context.close();
}

async function withoutScripts(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site}/benchmarks`);
  check("without scripts: a command instead of the form", !(await page.locator("form").isVisible()) && (await page.locator("#curl").isVisible()));
  await context.close();
}

drive("upload", async (browser) => {
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [360, "light"], [360, "dark"]]) await visit(browser, width, scheme);
  await withoutScripts(browser);
});
