// The editors of `npm run bench:editor`: ours, Node-RED, and a plain page of the canvas library, each
// with the same graph, all of it in view, and each driven by what a person does.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { makeDraft, startInstall } from './bench.mjs';
import { childEnv, root } from './project.mjs';
import { must } from './run.mjs';

const folder = join(root, 'bench', 'editor');
const COLUMNS = 25;

/**
 * A graph in rows: each node leads to the next one, and every other node of a row to the one below,
 * one and a half wires a node.
 */
export function grid(count) {
  const nodes = Array.from({ length: count }, (_, at) => ({
    id: `s${at}`,
    x: 140 + (at % COLUMNS) * 290,
    y: 80 + Math.floor(at / COLUMNS) * 110,
  }));
  const wires = [];
  for (let at = 0; at + 1 < count; at += 1) {
    wires.push({ from: `s${at}`, to: `s${at + 1}` });
    if (at % 2 === 0 && at + COLUMNS < count)
      wires.push({ from: `s${at}`, to: `s${at + COLUMNS}` });
  }
  return { nodes, wires };
}

/**
 * One editor: where its page is, how many nodes it has drawn, how it is brought to show all of them,
 * and where a node stands on the screen.
 * @typedef {{
 *   name: string,
 *   url: string,
 *   drawn: () => number,
 *   fit: (tab: import('playwright').Page) => Promise<void>,
 *   pointOf: (tab: import('playwright').Page, id: string) => Promise<{ x: number, y: number }>,
 *   emptyPoint: { x: number, y: number },
 *   stop: () => Promise<unknown>,
 * }} Editor
 */

/** Installs Node-RED where it is missing, and builds the plain page. */
export async function prepareEditors() {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await must('npm', args, { cwd: folder });
  await must('npx', ['vite', 'build', '--config', join(folder, 'plain', 'vite.config.js')]);
}

const NODE = { width: 232, height: 56 };
const middleOf = ({ x, y }) => ({ x: x + NODE.width / 2, y: y + NODE.height / 2 });
const centre = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

/** @returns {Promise<Editor>} */
export async function ours(context, { nodes, wires }, scratch) {
  const install = await startInstall(root, join(scratch, `ours-${nodes.length}`), false);
  const text = [
    'pipeline bench\n',
    ...nodes.map(({ id }, at) => `stage ${id} ${at % 3 === 0 ? `keep:a${at}` : 'identity'}\n`),
    '\n',
    ...wires.map(({ from, to }) => `${from} -> ${to}\n`),
  ].join('');
  const places = Object.fromEntries(nodes.map(({ id, x, y }) => [id, { x, y }]));
  const layout = { v: 2, direction: 'right', nodes: places, notes: {}, groups: {} };
  const draftId = await makeDraft(context, install, text, layout);
  return {
    name: 'ByteOr',
    url: `${install.url}/drafts/${draftId}`,
    // Nodes are elements while they are near; how many there are in all, the canvas says itself.
    drawn: () =>
      document.documentElement.dataset['ready'] === 'true'
        ? Math.max(
            document.querySelectorAll('.svelte-flow__node').length,
            Number(document.querySelector('[data-drawn]')?.getAttribute('data-drawn') ?? 0),
          )
        : 0,
    fit: async (tab) => tab.getByRole('button', { name: 'Show everything' }).click(),
    // From the view, since what is small on the screen may be no element of its own.
    pointOf: (tab, id) =>
      tab.evaluate(({ x, y }) => {
        const view = document.querySelector('.svelte-flow__viewport');
        const area = document.querySelector('.svelte-flow');
        if (!view || !area) throw new Error('no canvas');
        const { a: zoom, e, f } = new DOMMatrixReadOnly(getComputedStyle(view).transform);
        const { left, top } = area.getBoundingClientRect();
        return { x: left + e + x * zoom, y: top + f + y * zoom };
      }, middleOf(places[id])),
    emptyPoint: { x: 400, y: 70 },
    stop: () => install.stop(),
  };
}

/** @returns {Promise<Editor>} */
export async function nodeRed({ nodes, wires }, scratch) {
  const data = join(scratch, 'node-red');
  mkdirSync(data, { recursive: true });
  const after = Map.groupBy(wires, ({ from }) => from);
  const flow = nodes.map(({ id, x, y }) => ({
    ...{ id, type: 'change', z: 'bench', name: id, rules: [], x, y },
    wires: [(after.get(id) ?? []).map(({ to }) => to)],
  }));
  const flows = [{ id: 'bench', type: 'tab', label: 'Bench', disabled: false }, ...flow];
  writeFileSync(join(data, 'flows.json'), JSON.stringify(flows));
  const settings = {
    ...{
      flowFile: 'flows.json',
      uiPort: await freePort(),
      uiHost: '127.0.0.1',
      telemetry: { enabled: false },
    },
    editorTheme: { tours: false, palette: { catalogues: [] } },
  };
  const file = join(data, 'settings.js');
  writeFileSync(file, `module.exports = ${JSON.stringify(settings)};\n`);
  const child = spawn(join(folder, 'node_modules', '.bin', 'node-red'), ['-u', data, '-s', file], {
    env: childEnv(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
      const found = /Server now running at (http:\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`Node-RED ended with ${code}\n${said}`)));
  });
  return {
    name: 'Node-RED',
    url,
    drawn: () => document.querySelectorAll('.red-ui-flow-node-group').length,
    fit: async (tab) => tab.locator('#red-ui-view-zoom-fit').click(),
    pointOf: async (tab, id) => {
      const box = await tab.locator(`[id="${id}"] .red-ui-flow-node`).boundingBox();
      if (!box) throw new Error(`${id} is not on the screen`);
      return centre(box);
    },
    emptyPoint: { x: 700, y: 850 },
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.on('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** @returns {Promise<Editor>} */
export async function plainPage(graph) {
  const built = join(root, '.cache', 'bench-editor', 'plain');
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://bench').pathname;
    if (path === '/graph.json') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(graph));
      return;
    }
    const file = join(built, path === '/' ? 'index.html' : path);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    name: 'plain page of the canvas library',
    url: `http://127.0.0.1:${address.port}/`,
    drawn: () => document.querySelectorAll('.svelte-flow__node').length,
    fit: async () => undefined,
    pointOf: async (tab, id) => {
      const box = await tab.locator(`.svelte-flow__node[data-id="${id}"]`).boundingBox();
      if (!box) throw new Error(`${id} is not on the screen`);
      return centre(box);
    },
    emptyPoint: { x: 10, y: 10 },
    stop: async () => server.close(),
  };
}
