import { describe, expect, test } from 'vitest';
import { addStage, removeSelected } from '../gestures';
import { openSession } from './open.testing';

describe('a session', () => {
  test('compiles what is opened, and gives every node a place without an edit', async () => {
    const { session } = await openSession();
    expect(session.graph.stages.map(({ id }) => id)).toEqual(['json', 'quiet']);
    expect(Object.keys(session.content.layout.nodes)).toHaveLength(4);
    expect(session.undoLabel).toBeNull();
  });

  test('undo gives back what was selected before, redo what was selected after', async () => {
    const { session, settled } = await openSession();
    session.select(['quiet']);
    await removeSelected(session);
    await settled();
    const after = session.selection;
    expect(after).not.toEqual(['quiet']);
    session.undo();
    await settled();
    expect(session.selection).toEqual(['quiet']);
    session.redo();
    await settled();
    expect(session.selection).toEqual(after);
  });

  test('says what was done, and the same twice as two events', async () => {
    const { session } = await openSession();
    session.say('Done');
    const first = session.said;
    session.say('Done');
    expect(session.said).not.toBe(first);
    expect(session.said.trim()).toBe('Done');
  });

  test('changes nothing where it may only look', async () => {
    const { session } = await openSession({}, { mayEdit: false });
    const before = session.content.text;
    expect(await addStage(session, { key: 'identity' })).toBeNull();
    expect(session.run({ label: 'x', change: { target: 'single_ring' } })).toBe(false);
    expect(session.content.text).toBe(before);
  });

  test('the plan text of what is selected is ready to be copied', async () => {
    const { session } = await openSession();
    session.select(['json', 'quiet']);
    await expect.poll(() => session.fragment).toContain('stage json json_require:event_id');
    session.select([]);
    await expect.poll(() => session.fragment).toBe('');
  });
});

describe('undo across a reload', () => {
  test('is stored with the content, and the session that opens it goes on', async () => {
    const { session, settled, stored } = await openSession();
    session.select(['quiet']);
    await removeSelected(session);
    await settled();
    await session.sync.stored();
    const draft = stored();
    expect(draft?.undo?.done.map(({ label }) => label)).toEqual(['Delete stage quiet']);
    const again = await openSession(draft?.content, { undo: draft?.undo });
    expect(again.session.undoLabel).toBe('Delete stage quiet');
    again.session.undo();
    await again.settled();
    expect(again.session.graph.stages.map(({ id }) => id)).toEqual(['json', 'quiet']);
    expect(again.session.selection).toEqual(['quiet']);
  });
});
