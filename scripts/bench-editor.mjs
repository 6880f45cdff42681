// `npm run bench:editor`: how fast the editor's page is with a large graph, beside Node-RED and a plain
// page of the canvas library: the same graph, the same browser, in turns. Paste the table into
// docs/performance.md.
//   npm run bench:editor                 1,000 nodes against the peers, 5,000 of ours, and the route's size
//   npm run bench:editor -- peers        only the named parts: peers, large, size
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { kB, launchChromium, median, ms, quantile, row, table } from './lib/bench.mjs';
import { grid, nodeRed, ours, plainPage, prepareEditors } from './lib/bench-editors.mjs';
import { editorRouteSize, EDITOR_ROUTE_MOST } from './lib/route-size.mjs';
import { installPackages, buildPage, generateClient, withSetupLock } from './lib/setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const scratch = mkdtempSync(join(tmpdir(), 'byteor-bench-'));
const ROUNDS = 3;
const viewport = { width: 1440, height: 900 };

/** What is measured of each editor, with the aim for ours against Node-RED where there is one. */
const MEASURES = {
  open: { title: 'opening 1,000 nodes and 1,500 wires until they can be used', aim: 0.35 },
  longest: { title: 'longest task while opening', aim: null },
  drag: { title: 'dragging one node, p95 of a frame', aim: 0.25 },
  dragTask: { title: 'longest task while dragging one node', aim: null },
  selectAll: { title: 'selecting all, until it is shown', aim: 0.25 },
  moveAll: { title: 'dragging all, p95 of a frame', aim: 0.5 },
  undo: { title: 'undoing that, until it is shown', aim: 0.5 },
};

await withSetupLock(console.log, async () => {
  await installPackages(console.log);
  await generateClient(console.log);
  await buildPage(console.log);
});

const browser = await launchChromium();
try {
  if (wants('peers')) await peers();
  if (wants('large')) await large();
  if (wants('size')) await size();
} finally {
  await browser.close();
  rmSync(scratch, { recursive: true, force: true });
}
table();

async function peers() {
  await prepareEditors();
  const context = await browser.newContext({ viewport });
  await context.addInitScript(watchFrames);
  const graph = grid(1000);
  const editors = [];
  try {
    editors.push(await ours(context, graph, scratch));
    editors.push(await nodeRed(graph, scratch));
    editors.push(await plainPage(graph));
    /** @type {Record<string, number>[][]} */
    const figures = editors.map(() => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, editor] of editors.entries()) {
        figures[at].push(await measure(context, editor, graph));
        console.log(`${editor.name}, round ${round + 1}`, figures[at].at(-1));
      }
    }
    for (const [name, { title, aim }] of Object.entries(MEASURES)) {
      const [mine, theirs, plain] = figures.map((list) => median(list.map((one) => one[name])));
      const ratio = (other) =>
        median(figures[0].map((one, round) => one[name] / figures[other][round][name])).toFixed(2);
      // What the browser doesn't call a long task has no length to compare.
      if (mine === 0) {
        row(title, 'none over 50 ms', `Node-RED’s ${ms(theirs)}`);
        continue;
      }
      row(
        title,
        ms(mine),
        `${ratio(1)} of Node-RED’s ${ms(theirs)}${aim === null ? '' : ` (aim ${aim})`}; ` +
          `${ratio(2)} of the plain page’s ${ms(plain)}`,
      );
    }
  } finally {
    for (const editor of editors) await editor.stop();
    await context.close();
  }
}

/** One round with one editor, in a tab of its own. */
async function measure(context, editor, { nodes }) {
  const tab = await context.newPage();
  try {
    await tab.goto(editor.url);
    await untilDrawn(tab, editor, nodes.length);
    await tab.evaluate(() => globalThis.bench.quiet(1000));
    const opened = await tab.evaluate(() => globalThis.bench.opened());
    await editor.fit(tab);
    await tab.evaluate(() => globalThis.bench.quiet(1000));
    const one = nodes[Math.floor(nodes.length / 2) + 12];
    const dragged = await drag(tab, await editor.pointOf(tab, one.id));
    await tab.mouse.click(editor.emptyPoint.x, editor.emptyPoint.y);
    await tab.evaluate(() => globalThis.bench.quiet(500));
    // Drawn on a node first, so that the keys go to the graph and not to another part of the page.
    const other = await editor.pointOf(tab, nodes[Math.floor(nodes.length / 2)].id);
    await tab.mouse.click(other.x, other.y);
    await tab.evaluate(() => globalThis.bench.quiet(500));
    const selectAll = await timeOf(tab, () => tab.keyboard.press('ControlOrMeta+a'));
    const moved = await drag(
      tab,
      await editor.pointOf(tab, nodes[Math.floor(nodes.length / 2)].id),
    );
    const undo = await timeOf(tab, () => tab.keyboard.press('ControlOrMeta+z'));
    return {
      open: opened.open,
      longest: opened.longest,
      drag: dragged.p95,
      dragTask: dragged.longest,
      selectAll,
      moveAll: moved.p95,
      undo,
    };
  } finally {
    await tab.close();
  }
}

/** Waits until so many nodes are there, and has the page note when that was. */
async function untilDrawn(tab, { name, drawn }, count) {
  const from = performance.now();
  while ((await tab.evaluate(drawn)) < count) {
    if (performance.now() - from > 120_000) throw new Error(`${name} never drew ${count} nodes`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await tab.evaluate(() => globalThis.bench.drawn());
}

/** Drags from a point for sixty moves, one a frame at best. */
async function drag(tab, from) {
  await tab.mouse.move(from.x, from.y);
  await tab.mouse.down();
  // What a first move sets up is part of no frame of dragging.
  await tab.mouse.move(from.x + 6, from.y + 6);
  await tab.evaluate(() => globalThis.bench.quiet(200));
  await tab.evaluate(() => globalThis.bench.record());
  for (let at = 0; at < 60; at += 1) {
    const turn = (at / 60) * 2 * Math.PI;
    await tab.mouse.move(from.x + 6 + 40 * Math.sin(turn), from.y + 6 + 20 * Math.sin(2 * turn));
  }
  const { frames, longest } = await tab.evaluate(() => globalThis.bench.recorded());
  await tab.mouse.up();
  await tab.evaluate(() => globalThis.bench.quiet(500));
  return {
    p95: quantile(
      frames.toSorted((a, b) => a - b),
      0.95,
    ),
    longest,
  };
}

/** From a key until what it does is painted and nothing is left to do. */
async function timeOf(tab, press) {
  await tab.evaluate(() => globalThis.bench.mark());
  await press();
  return tab.evaluate(() => globalThis.bench.settled());
}

/** Ours alone with 5,000 nodes: opening, panning and zooming. */
async function large() {
  const context = await browser.newContext({ viewport });
  await context.addInitScript(watchFrames);
  const editor = await ours(context, grid(5000), scratch);
  const tab = await context.newPage();
  try {
    await tab.goto(editor.url);
    await untilDrawn(tab, editor, 5000);
    await tab.evaluate(() => globalThis.bench.quiet(1000));
    const { open, longest } = await tab.evaluate(() => globalThis.bench.opened());
    row('opening 5,000 nodes and 7,500 wires until they can be used', ms(open));
    row('longest task while opening them', ms(longest), 'aim 200 ms for 1,000');
    await editor.fit(tab);
    await tab.evaluate(() => globalThis.bench.quiet(1000));
    /** @type {[string, (at: number) => Promise<void>][]} */
    const ways = [
      ['panning', (at) => tab.mouse.wheel(at % 2 === 0 ? 30 : -28, at % 3 === 0 ? 20 : -9)],
      ['zooming', (at) => zoom(tab, at % 40 < 20 ? -60 : 60)],
    ];
    for (const [what, step] of ways) {
      await tab.mouse.move(720, 450);
      await tab.evaluate(() => globalThis.bench.record());
      for (let at = 0; at < 80; at += 1) await step(at);
      const { frames } = await tab.evaluate(() => globalThis.bench.recorded());
      const rate = 1000 / (frames.reduce((sum, one) => sum + one, 0) / frames.length);
      const p95 = quantile(
        frames.toSorted((a, b) => a - b),
        0.95,
      );
      row(`${what} 5,000 nodes`, `${rate.toFixed(0)} frames a second, p95 ${ms(p95)}`, 'aim 30');
    }
  } finally {
    await tab.close();
    await editor.stop();
    await context.close();
  }
}

async function zoom(tab, delta) {
  await tab.keyboard.down('Control');
  await tab.mouse.wheel(0, delta);
  await tab.keyboard.up('Control');
}

/**
 * What the editor's route weighs without its text lane and layout engine, counted as the tests count
 * it; all that a tab fetched once it rests; and when it can be used.
 */
async function size() {
  const context = await browser.newContext({ viewport });
  await context.addInitScript(watchFrames);
  const editor = await ours(context, grid(12), scratch);
  const tab = await context.newPage();
  try {
    const scripts = [];
    tab.on('response', (response) => {
      if (/\.js$/.test(new URL(response.url()).pathname)) {
        scripts.push(response.body().then((body) => [response.url(), body]));
      }
    });
    await tab.goto(editor.url);
    await untilDrawn(tab, editor, 12);
    await tab.evaluate(() => globalThis.bench.quiet(2000));
    const { open } = await tab.evaluate(() => globalThis.bench.opened());
    const bodies = (await Promise.all(scripts)).filter(
      ([url, body]) => !/elk|monaco/i.test(url) && !/org\.eclipse\.elk/.test(String(body)),
    );
    const sum = (of) => bodies.reduce((all, [, body]) => all + of(body), 0);
    const route = editorRouteSize();
    row('editor route’s JavaScript without Monaco and elk’s worker, raw', kB(route.raw));
    row('the same, gzip', kB(route.gzip), `aim ${kB(EDITOR_ROUTE_MOST)}`);
    row(
      'with all that is fetched unasked once the page rests, gzip',
      kB(sum((b) => gzipSync(b, { level: 9 }).length)),
    );
    row('page of 12 stages until it can be used', ms(open), 'aim 1,000 ms');
  } finally {
    await tab.close();
    await editor.stop();
    await context.close();
  }
}

/** Runs in each page before its own scripts: long tasks, frames, and when everything rests. */
function watchFrames() {
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
  let drawnAt = 0;
  let marked = 0;
  let frames = [];
  let recording = false;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
  const end = ({ startTime, duration }) => startTime + duration;
  const since = (time) => tasks.filter((task) => end(task) > time);
  /** Waits until no task was long for so many milliseconds. */
  const quiet = async (time) => {
    let from = performance.now();
    while (performance.now() - from < time) {
      await pause(Math.min(50, time));
      const last = tasks.at(-1);
      if (last && end(last) > from) from = end(last);
    }
  };
  globalThis.bench = {
    drawn: () => {
      drawnAt = performance.now();
    },
    quiet,
    /** When everything was there and the last long task of opening was over. */
    opened: () => ({
      open: Math.max(drawnAt, ...tasks.map(end)),
      longest: Math.max(0, ...tasks.map(({ duration }) => duration)),
    }),
    mark: () => {
      marked = performance.now();
    },
    /** From the mark until the frame after the last long task that followed. */
    settled: async () => {
      await frame();
      await frame();
      const painted = performance.now();
      await quiet(500);
      return Math.max(painted, ...since(marked).map(end)) - marked;
    },
    record: () => {
      frames = [];
      recording = true;
      marked = performance.now();
      let before = marked;
      const next = (now) => {
        if (!recording) return;
        frames.push(now - before);
        before = now;
        requestAnimationFrame(next);
      };
      requestAnimationFrame((now) => {
        before = now;
        requestAnimationFrame(next);
      });
    },
    recorded: async () => {
      await frame();
      recording = false;
      await pause(50);
      return { frames, longest: Math.max(0, ...since(marked).map(({ duration }) => duration)) };
    },
  };
}
