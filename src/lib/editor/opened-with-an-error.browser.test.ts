// A plan that has an error when it is opened has no report; its canvas shows routers and merges all
// the same, as a sketch of it foresees them.
import { afterAll, expect, test } from 'vitest';
import { CompilerClient } from '$lib/compiler/client';
import { connectToWorker } from '$lib/compiler/connect';
import { showCanvas } from './canvas.testing';
import { openSession } from './session/open.testing';

const compiler = new CompilerClient({ connect: () => connectToWorker() });
afterAll(() => compiler.close());

const text = `pipeline p

ingress in
stage a upper
stage b drop:(
egress out

in -> a -> out
in -> b -> out
`;

test('a plan that was opened with an error shows what lowering would insert', async () => {
  document.body.style.cssText = 'margin:0;height:800px';
  const { session } = await openSession({ text }, { compiler });
  await showCanvas(session);
  const said = (id: string) =>
    document.querySelector(`.svelte-flow__node[data-id="${id}"]`)?.getAttribute('aria-label');
  await expect.poll(() => said('in')).toContain('router behind it');
  expect(said('out')).toContain('merge before it');
  expect(session.report).toBeNull();

  // Once it compiles the report says them, and a merge that goes is gone.
  const mended = text.replace('stage b drop:(\n', '').replace('in -> b -> out\n', '');
  const edits = [{ start: 0, end: text.length, text: mended }];
  session.run({ label: 'Mend', change: { edits } });
  await expect.poll(() => session.report).not.toBeNull();
  await expect.poll(() => said('out')).not.toContain('merge');
});
