// The packaged extension in a real workbench: a finding is underlined, a hover explains it,
// a quick fix mends it, and a finding about two files goes when the other one is edited.
//
//   node workbench.mjs ADDRESS CHROMIUM SCREENSHOTS
//
// `workbench.sh` starts what this needs.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";

const [address, browserPath, screenshots] = process.argv.slice(2);
const { chromium } = createRequire(`${process.cwd()}/`)("playwright-core");
mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(45_000);

const shown = async (name) => page.screenshot({ path: `${screenshots}/${name}.png` });
const squiggles = () => page.locator(".editor-instance .squiggly-error, .editor-instance .squiggly-warning");

async function open(file) {
    await page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${file}"]`).dblclick();
    await page.locator(`.tab.active[data-resource-name="${file}"]`).waitFor();
}

async function command(name) {
    await page.keyboard.press("F1");
    const input = page.locator(".quick-input-widget input.input").first();
    await input.waitFor();
    await input.fill(`>${name}`);
    await page.locator(".quick-input-list .monaco-list-row").first().waitFor();
    await page.keyboard.press("Enter");
}

/** Waits until the Problems view does or does not have a row with this text. */
async function problem(text, there) {
    const row = page.locator(".markers-panel .monaco-list-row", { hasText: text }).first();
    await row.waitFor({ state: there ? "visible" : "detached" });
}

async function goToLine(line, column = 1) {
    await page.keyboard.press("Control+G");
    const input = page.locator(".quick-input-widget input.input").first();
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await page.keyboard.press("Enter");
}

try {
    await page.goto(address);
    await page.locator(".monaco-workbench").waitFor();
    await open("vercel.json");
    await squiggles().first().waitFor();
    await shown("1-squiggle");

    await goToLine(3, 55);
    await command("Show or Focus Hover");
    await page.locator(".monaco-hover:not(.hidden)", { hasText: "seaworthy" }).first().waitFor();
    await shown("2-hover");
    await page.keyboard.press("Escape");

    // What an image takes in is found in .dockerignore, and mended in the Dockerfile.
    await open(".dockerignore");
    await squiggles().first().waitFor();
    await command("Problems: Focus on Problems View");
    await problem("This lets .env", true);
    await shown("3-two-files");
    await open("Dockerfile");
    await goToLine(3);
    await page.keyboard.press("Control+Shift+K");
    await command("Problems: Focus on Problems View");
    await problem("This lets .env", false);
    await shown("4-mended-elsewhere-unsaved");

    await open("vercel.json");
    const before = await squiggles().count();
    await goToLine(3, 55);
    await page.keyboard.press("Control+.");
    await page.locator(".action-widget .monaco-list-row").first().waitFor();
    await shown("5-quick-fixes");
    await page.keyboard.press("Enter");
    await page.waitForFunction(
        (count) =>
            document.querySelectorAll(
                ".editor-instance .squiggly-error, .editor-instance .squiggly-warning",
            ).length !== count,
        before,
    );
    await shown("6-fixed");
    console.log("squiggle, hover, a finding of two files and a quick fix: all is well");
} catch (error) {
    await shown("failed");
    throw error;
} finally {
    await browser.close();
}
