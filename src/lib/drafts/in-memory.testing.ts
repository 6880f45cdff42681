// The browser's store of drafts without a browser. For tests.
import type { Beside, Checkpoint, LocalDraft, LocalDrafts } from './kept';
import { thinned } from './thinning';

/** A store in memory, and what is in it. Like the browser's, it keeps copies. */
export function draftsInMemory() {
  const drafts = new Map<string, LocalDraft>();
  const checkpoints: Checkpoint[] = [];
  let ids = 0;
  const newestFirst = (key: string) =>
    checkpoints.filter((checkpoint) => checkpoint.key === key).toReversed();
  const store: LocalDrafts = {
    get: (key) => Promise.resolve(structuredClone(drafts.get(key)) ?? null),
    put: (draft) => Promise.resolve(void drafts.set(draft.key, structuredClone(draft))),
    remove: (key) => Promise.resolve(void drafts.delete(key)),
    addCheckpoint(checkpoint) {
      checkpoints.push(structuredClone({ ...checkpoint, id: ++ids }));
      for (const gone of thinned(newestFirst(checkpoint.key).reverse(), checkpoint.at))
        checkpoints.splice(checkpoints.indexOf(gone), 1);
      return Promise.resolve();
    },
    nameCheckpoint(id, name) {
      const found = checkpoints.find((checkpoint) => checkpoint.id === id);
      if (found && name !== '') found.name = name;
      else delete found?.name;
      return Promise.resolve();
    },
    newestCheckpoint: (key) => Promise.resolve(newestFirst(key)[0] ?? null),
    checkpoints: (key) => Promise.resolve(newestFirst(key)),
    samples: besideInMemory(),
    cases: besideInMemory(),
  };
  return { store, drafts, checkpoints };
}

function besideInMemory<Thing>(): Beside<Thing> {
  const things = new Map<string, Map<string, Thing>>();
  return {
    all: (key) => Promise.resolve(Object.fromEntries(things.get(key) ?? [])),
    put(key, id, thing) {
      things.set(key, new Map(things.get(key)).set(id, structuredClone(thing)));
      return Promise.resolve();
    },
    remove: (key, id) => Promise.resolve(void things.get(key)?.delete(id)),
  };
}
