// What the tests in a browser share.
"use strict";
const { chromium } = require("playwright-core");
const axe = require("fs").readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

function check(name, condition, seen = "") {
  console.log(condition ? `ok ${name}` : `not ok ${name}\n    seen: ${JSON.stringify(seen)}`);
}

async function shot(page, name, fullPage = true) {
  if (process.env.PAGE_SHOTS) await page.screenshot({ path: `${process.env.PAGE_SHOTS}/${name}.png`, fullPage });
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  check(`${name}: axe finds nothing`, found.violations.length === 0,
    found.violations.map((one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)]));
}

// Runs a test with a browser of its own; an error is a failure of that name.
async function drive(name, test) {
  try {
    const browser = await chromium.launch({ executablePath: process.env.BROWSER, args: flags });
    await test(browser).finally(() => browser.close());
  } catch (error) {
    console.log(`not ok ${name}\n${error.stack}`);
    process.exitCode = 1;
  }
}

module.exports = { check, shot, accessible, drive };
