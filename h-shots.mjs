import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright';
const dataDir = mkdtempSync('/tmp/h-shot-');
const port = 18000 + Math.floor(Math.random() * 2000);
const child = spawn(process.execPath, ['server/main.ts'], { env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1', BYTEOR_DATA_DIR: dataDir, BYTEOR_CLOUD_API_BIND_ADDR: `127.0.0.1:${port}`, BYTEOR_CLOUD_LOCAL_AGENTS: 'false', BYTEOR_LOG_FILE: `${dataDir}/log` }, stdio: ['ignore', 'pipe', 'inherit'] });
process.on('exit', () => child.kill());
let link = '';
await new Promise((res) => createInterface({ input: child.stdout }).on('line', (l) => { console.log(l); const m = /https?:\/\/\S+\/sign-in\S+/.exec(l); if (m) link = m[0]; if (l.startsWith('ready')) res(); }));
const url = `http://127.0.0.1:${port}`;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const ctx = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await ctx.newPage();
page.on('console', (m) => { if (m.type() === 'error') console.log('console:', m.text()); });
await page.goto(link);
await page.waitForTimeout(1500);
const btn = page.getByRole('button', { name: /sign in/i });
if (await btn.count()) await btn.first().click();
await page.waitForTimeout(2000);
const t = async (kind, proc, input) => {
  const r = await page.evaluate(async ({ kind, proc, json }) => {
    const a = kind === 'q' ? await fetch(`/trpc/${proc}${json ? `?input=${encodeURIComponent(json)}` : ''}`) : await fetch(`/trpc/${proc}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: json || '{}' });
    return a.json();
  }, { kind, proc, json: input ? JSON.stringify(input) : '' });
  if (r.error) { const e = new Error(proc + JSON.stringify(r.error.data?.byteor ?? r.error)); e.b = r.error.data?.byteor; throw e; }
  return r.result.data;
};
const tree = await t('q', 'workspace.tree');
const org = tree.orgs[0]; const project = org.projects[0];
const env = project.environments.find((e) => e.posture === 'dev');
const agents = [];
for (const name of ['edge-berlin-1', 'edge-madrid-1']) {
  const { token } = await t('m', 'enrollmentTokens.create', { environmentId: env.id });
  const r = await fetch(`${url}/api/v1/orgs/${org.id}/projects/${project.id}/environments/${env.id}/agents`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ name, host_name: name, agent_version: '0.1.0', protocol_version: 1, spec_features: ['single_ring'], allowed_roots: ['/data'] }) });
  const b = await r.json(); agents.push({ name, id: b.agent_id, key: b.runtime_key, slots: () => [], on: true });
}
const beat = async (a) => {
  if (!a.on) return;
  const r = await fetch(`${url}/api/v1/agents/${a.id}/heartbeat`, { method: 'POST', headers: { authorization: `Bearer ${a.key}`, 'content-type': 'application/json' }, body: JSON.stringify({ protocol_version: 1, agent_version: '0.1.0', spec_features: ['single_ring'], allowed_roots: ['/data'], key_set_digest: '', sent_at: new Date().toISOString(), slots: a.slots() }) });
  if (r.status !== 200) console.log(r.status, await r.text());
};
setInterval(() => agents.forEach((a) => beat(a).catch((e) => console.log(String(e)))), 1000);
await Promise.all(agents.map(beat));
const drafts = await t('q', 'drafts.list', { environmentId: env.id });
const draft = await t('q', 'drafts.get', { draftId: drafts[0].id });
const session = await t('q', 'session.get');
let hash = '';
const mk = () => t('m', 'versions.create', { draftId: draft.id, revision: draft.revision, expectedSpecHash: hash, compilerVersion: session.compilerVersion });
try { await mk(); } catch (e) { hash = e.b.args.compiled; }
const v = await mk();
const deploy = async (name, agentIds) => {
  const { config } = await t('q', 'bundles.suggest', { environmentId: env.id, versionId: v.versionId });
  const b = await t('m', 'bundles.create', { environmentId: env.id, versionId: v.versionId, name, config: { ...config, ingress: { ...config.ingress, path: `/data/${name}.in` }, egress: { ...config.egress, path: `/data/${name}.out` }, reject: { path: `/data/${name}.rej` } } });
  const choice = { versionId: v.versionId, bundleId: b.bundleId, agentIds };
  const p = await t('q', 'deployments.preview', choice);
  const d = await t('m', 'deployments.create', { ...choice, expectedDigest: p.digest, comment: 'For the shot' });
  for (let i = 0; i < 60; i++) { const s = await t('q', 'deployments.get', { deploymentId: d.deploymentId }); if (s.state === 'deploying') return { ...s, ...d, epoch: s.epoch }; await new Promise((r) => setTimeout(r, 500)); }
  throw new Error('not built');
};
const d = await deploy('orders', agents.map((a) => a.id));
let n = 1000;
const began = new Date(Date.now() - 3600e3).toISOString();
const c = (k) => ({ records_in: k, records_out: Math.floor(k * 0.8), dropped: k - Math.floor(k * 0.8) - 2, rejected: 2, bytes_in: k * 90, bytes_out: k * 70 });
const running = (i) => () => { n += 37; return [{ slot: d.slot, running: { deployment_id: d.id, deployment_digest: d.digest, epoch: d.epoch, bundle_hash: 'sha256:x', since: began, activated_at: began, restarts: i, last_restart_at: i ? new Date(Date.now() - 500e3).toISOString() : null }, attempted: { deployment_id: d.id, epoch: d.epoch, phase: 'active', tries: 0, next_try_at: null, at: began }, snapshot: { v: 2, kind: 'single_ring', slot_bytes: 256, capacity: 1024, cursor: n, counters: c(n + 90000), stages: [0, 1, 2].map((index) => ({ index, gating: n - index, lag: index, processed: n, dropped: 3, rejected: 0 })), generation: '00000000000000ff' }, counters: { since_activation: { since: began, ...c(n) }, totals: { since: new Date(Date.now() - 9e8).toISOString(), ...c(n + 90000) } }, last_words: ['started', 'following /data/orders.in'] }]; };
const trouble = (phase, code, message, tries, next) => () => [{ slot: d.slot, running: null, attempted: { deployment_id: d.id, epoch: d.epoch, phase, code, message, tries, next_try_at: next, at: new Date(Date.now() - 20e3).toISOString() }, snapshot: null, last_words: ['error: E_INPUT_MISSING: /data/orders.in: no such file or directory', 'ended with status 1'] }];
const shots = async (name, path) => {
  for (const theme of ['light', 'dark']) for (const w of [1440, 390]) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width: w, height: 900 });
    await page.goto(url + path); await page.waitForTimeout(1800);
    await page.screenshot({ path: `/tmp/h-shots/${name}-${theme}-${w}.png`, fullPage: true });
  }
};
const wait = (s) => new Promise((r) => setTimeout(r, s * 1000));
// waiting, with the first trouble of a start
agents[0].slots = trouble('retrying', 'E_STATE', 'no space left on device: /var/lib/byteor/slots/orders', 3, new Date(Date.now() + 200e3).toISOString());
agents[1].slots = trouble('fell_back', 'E_RUNTIME_FAILED', 'stage mask: memory fault', 2, new Date(Date.now() + 100e3).toISOString());
await wait(2.5); await shots('waiting', `/deployments/${d.id}`);
agents[0].slots = running(0); agents[1].slots = running(2);
await wait(3); await shots('running', `/deployments/${d.id}`);
agents[1].slots = trouble('starting', 'E_INPUT_MISSING', '/data/orders.in: no such file or directory', 4, new Date(Date.now() + 300e3).toISOString());
await wait(2); await shots('degraded', `/deployments/${d.id}`); await shots('overview', '/'); await shots('list', `/environments/${env.id}?tab=deployments`);
agents[0].on = false; await wait(17); await shots('silent', `/deployments/${d.id}`);
agents[0].on = true; await shots('agents', `/environments/${env.id}?tab=agents`);
await browser.close(); child.kill(); process.exit(0);
