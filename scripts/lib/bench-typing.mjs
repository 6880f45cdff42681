// Typing in the editor, as a person does, and what the page does with each key.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { launchChromium, makeDraft, median, ms, quantile, row, startInstall } from './bench.mjs';
import { root } from './project.mjs';

const seconds = 60;
const keysASecond = 10;

/** Types in the key of a stage for a minute, so that each keystroke compiles the whole plan. */
export async function typing(plan, dataDir) {
  const text = plan.replace(/^stage (\S+) .*$/m, 'stage $1 keep:a');
  const install = await startInstall(root, dataDir, false);
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(watchKeys);
    const draftId = await makeDraft(context, install, text);
    const tab = await context.newPage();
    await tab.goto(`${install.url}/drafts/${draftId}`);
    await tab.locator('html[data-ready=true]').waitFor();
    await tab.getByTestId('canvas').waitFor();
    await tab.keyboard.press('Alt+T');
    await tab.locator('.monaco-editor .view-lines').first().waitFor({ timeout: 60_000 });
    await tab.locator('.monaco-editor').first().click();
    await tab.keyboard.press('ControlOrMeta+Home');
    const line = text.split('\n').findIndex((one) => one.startsWith('stage '));
    for (let at = 0; at < line; at += 1) await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('End');
    await tab.keyboard.type('bcd', { delay: 200 });
    await tab.waitForTimeout(2000);
    await tab.evaluate(() => globalThis.benchKeys.reset());
    const from = performance.now();
    for (let at = 0; at < seconds * keysASecond; at += 1) {
      // By the clock, not by pauses: a slow page doesn't slow the person down.
      const due = from + (at * 1000) / keysASecond;
      const early = due - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      await tab.keyboard.press(String.fromCharCode(97 + (at % 26)));
    }
    await tab.waitForTimeout(1000);
    const { keys, answered, painted, superseded } = await tab.evaluate(() =>
      globalThis.benchKeys.result(),
    );
    if (answered.length < keys || keys < seconds * keysASecond * 0.9) {
      throw new Error(`of ${keys} keystrokes ${answered.length} got an answer`);
    }
    const [first, then] = [answered, painted].map((times) => times.toSorted((a, b) => a - b));
    row(
      'keystroke to diagnostics, 1,000 lines',
      `p50 ${ms(quantile(first, 0.5))}, p99 ${ms(quantile(first, 0.99))}`,
      `${keys} keystrokes at ${keysASecond} a second; aim 8 ms, 20 ms`,
    );
    row(
      'keystroke to diagnostics painted, 1,000 lines',
      `p95 ${ms(quantile(then, 0.95))}`,
      'aim 50 ms',
    );
    row('answers that came after the next key, and were dropped', String(superseded), 'aim 0');
  } finally {
    await browser.close();
    await install.stop();
  }
}

/**
 * Runs in the page, before its own scripts: watches what the page reads of the compiler, without a
 * change to the product, wherever that ran. A key counts as answered once an answer is read whose
 * stage has it in its key, and as painted in the frame after that.
 */
function watchKeys() {
  let keys = [];
  let answered = [];
  let painted = [];
  let superseded = 0;
  let longest = 0;
  let before = 0;
  globalThis.benchKeys = {
    reset: () => {
      [keys, answered, painted, superseded, before] = [[], [], [], 0, longest];
    },
    result: () => ({ keys: keys.length, answered, painted, superseded }),
  };
  addEventListener('keydown', (event) => keys.push(event.timeStamp), true);
  const parse = JSON.parse;
  JSON.parse = (text, reviver) => {
    const read = parse(text, reviver);
    const typed = read?.value?.graph?.stages?.[0]?.key;
    if (!typed || !read.value.diagnostics) return read;
    longest = Math.max(longest, typed.length);
    const covers = longest - before;
    if (covers < keys.length) superseded += 1;
    const now = performance.now();
    const done = keys.slice(answered.length, covers);
    for (const key of done) answered.push(now - key);
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        const then = performance.now();
        for (const key of done) painted.push(then - key);
      };
      channel.port2.postMessage(null);
    });
    return read;
  };
}

/** How long Chromium takes to compile the package while it loads, the first time. */
export async function streaming(wasmFile) {
  const wasm = readFileSync(wasmFile);
  const server = createServer((request, response) => {
    const page = request.url === '/';
    response.setHeader('content-type', page ? 'text/html' : 'application/wasm');
    response.end(page ? '<!doctype html>' : wasm);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}/`;
  const times = [];
  try {
    for (let round = 0; round < 5; round += 1) {
      // A browser of its own each time, so that no compiled code is kept.
      const browser = await launchChromium();
      try {
        const tab = await browser.newPage();
        await tab.goto(url);
        times.push(
          await tab.evaluate(async () => {
            const from = performance.now();
            await WebAssembly.compileStreaming(fetch('/compiler.wasm'));
            return performance.now() - from;
          }),
        );
      } finally {
        await browser.close();
      }
    }
  } finally {
    server.close();
  }
  row('first streaming compile in Chromium', ms(median(times)), 'median of 5 browsers; aim 25 ms');
}
