// Tools that watch a test while it runs: Miri, ThreadSanitizer, AddressSanitizer, callgrind. They need
// nightly Rust or valgrind; where these can't be had, the run says `NOT RUN` and why.
import { join } from 'node:path';
import { cacheDir, node24 } from './project.mjs';
import { capture, works } from './run.mjs';

/** Where a target folder of its own is built for: the sanitizers ask for a named one. */
const host = 'x86_64-unknown-linux-gnu';

/** Tests of lanes in the memory of one process, by target. */
const lanes = ['journal', 'merge', 'sequencer', 'state'].map((lane) => `conformance_${lane}`);

/** @param {readonly string[]} targets */
const tests = (targets) => targets.flatMap((target) => ['--test', target]);

/**
 * Tests of one thread that take minutes under a sanitizer: they run whole without it, and under it in
 * the long run (`node scripts/instruments.mjs`).
 */
const slow = [
  'every_word_that_somebody_else_writes',
  'a_published_position_that_somebody_moves',
  'wild_words_end_both_ends',
].flatMap((name) => ['--skip', name]);

/**
 * One a tool: what it is called, components of nightly Rust that it needs, and its command. `quick` is
 * the part that `npm test` runs, `whole` the rest as well.
 *
 * @type {{
 *   title: string, components: string[], args: string[], quick: string[], whole: string[],
 *   env: Record<string, string>,
 * }[]}
 */
const watched = [
  {
    title: 'Miri over the lanes',
    components: ['miri', 'rust-src'],
    args: ['miri', 'test', '--package', 'indexbus'],
    // A journal's segments take Miri minutes.
    quick: tests(lanes.filter((lane) => lane !== 'conformance_journal')),
    whole: tests([...lanes, 'events']),
    // Time and addresses as in a real run; nothing else of the machine is asked for.
    env: { MIRIFLAGS: '-Zmiri-disable-isolation', CARGO_TARGET_DIR: join(cacheDir, 'miri-target') },
  },
  {
    title: 'ThreadSanitizer over lanes, and in the long run executors',
    components: ['rust-src'],
    // The standard library has to be watched as well, or what it orders looks like a race.
    args: [
      ...['test', '-Zbuild-std', '--target', host, '--features', 'indexbus/word-copies'],
      ...['--package', 'indexbus'],
    ],
    // What executors are built of takes minutes to build, and they take minutes to run.
    quick: [...tests([...lanes, 'events']), '--', ...slow],
    whole: [
      '--package',
      'byteor-pipeline-exec',
      ...tests([...lanes, 'events', 'ring', 'lane_graph']),
    ],
    env: sanitized('thread'),
  },
  {
    title: 'AddressSanitizer over regions that others write to',
    components: [],
    args: [
      ...['test', '--target', host, '--features', 'indexbus/word-copies'],
      ...['--package', 'indexbus'],
    ],
    quick: [...tests([...lanes, 'events']), '--', 'somebody', 'hostile', 'cannot_be'],
    whole: tests([...lanes, 'events']),
    env: sanitized('address'),
  },
];

/**
 * Code of the sanitizers doesn't mix, so each has a folder.
 *
 * @param {string} sanitizer
 */
function sanitized(sanitizer) {
  return {
    RUSTFLAGS: `-Zsanitizer=${sanitizer}`,
    CARGO_TARGET_DIR: join(cacheDir, `${sanitizer}-target`),
    // A tenth as fast: what a test gives others time for is longer here.
    RUST_TEST_THREADS: '1',
  };
}

/** @typedef {{ code: number, output: string, notRun: string }} Ran */

/**
 * All of them, each a title and a way to run it: whole, or as quick as `npm test` needs it.
 *
 * @type {{ title: string, run: (quick?: boolean) => Promise<Ran> }[]}
 */
export const instruments = [
  ...watched.map(({ title, components, args, quick, whole, env }) => ({
    title,
    run: async (isQuick = false) => {
      const notRun = await missing(components);
      if (notRun) return { code: 0, output: '', notRun };
      const chosen = isQuick ? quick : whole;
      const { code, output } = await capture('cargo', ['+nightly', ...args, ...chosen], { env });
      return { code, output, notRun: '' };
    },
  })),
  {
    title: 'Instructions per send and receive',
    run: async () => {
      const { code, output } = await capture(node24, ['scripts/instructions.mjs']);
      return { code, output, notRun: /^NOT RUN: (.*)$/m.exec(output)?.[1] ?? '' };
    },
  },
];

/**
 * Why these components of nightly Rust can't be had here, or nothing. Installs what is missing.
 *
 * @param {readonly string[]} components
 */
async function missing(components) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `it runs on ${host}`;
  const steps = [
    ...((await works('cargo', ['+nightly', '--version']))
      ? []
      : [['toolchain', 'install', 'nightly', '--profile', 'minimal']]),
    ...(components.length > 0
      ? [['component', 'add', '--toolchain', 'nightly', ...components]]
      : []),
  ];
  for (const args of steps) {
    const installed = await capture('rustup', args).catch((error) => ({
      code: 1,
      output: String(error),
    }));
    if (installed.code !== 0) {
      const why = installed.output.trim().split('\n').at(-1);
      return `nightly Rust with ${components.join(' and ')} can't be had: ${why}`;
    }
  }
  return '';
}
