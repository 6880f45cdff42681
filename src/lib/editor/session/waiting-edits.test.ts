import { expect, test } from 'vitest';
import { emptyContent } from '$lib/document/content';
import { PlanDocument } from '$lib/document/document';
import { WaitingEdits } from './waiting-edits.svelte';

test('edits that wait are counted as undo counts them, until the server has them', () => {
  let now = 0;
  const waiting = new WaitingEdits();
  const document = new PlanDocument(emptyContent, () => now);
  document.listen((event) => waiting.changed(event, now));
  const type = (label: string) =>
    document.run({ label, change: { edits: [{ start: 0, end: 0, text: 'x' }] } });

  type('Typing');
  now += 100;
  type('Typing');
  expect(waiting.count).toBe(1);
  now += 2_000;
  type('Typing');
  type('Add stage');
  expect(waiting.count).toBe(3);
  document.undo();
  document.arrange({ a: { x: 1, y: 1 } });
  expect(waiting.count).toBe(4);
  // They are counted on after a reload.
  const again = new WaitingEdits(waiting.count);
  expect(again.count).toBe(4);
  waiting.saved();
  expect(waiting.count).toBe(0);
  now += 10;
  type('Typing');
  now += 10;
  waiting.saved();
  type('Typing');
  expect(waiting.count).toBe(1);
});
