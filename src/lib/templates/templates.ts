import { readCaseText } from '$lib/cases/text';
import type { Case, DraftContent, ExecutionTarget, Sample } from '$lib/document/content';
import { emptyLayout } from '$lib/document/content';

/** A plan to start from, with records to try it with and cases that it keeps. */
export interface Template {
  id: string;
  title: string;
  /** What it does, on its card. */
  sentence: string;
  /** The same at more length. */
  about: string;
  /** The target it is made for; a plan of `single_ring` runs as a lane graph, too. */
  target: ExecutionTarget;
  text: string;
  /** By id, which for several ingresses are theirs. */
  samples: Record<string, Sample>;
  cases: Record<string, Case>;
}

/** What people see of them, in the order in which they are offered. */
const described: Omit<Template, 'text' | 'samples' | 'cases'>[] = [
  {
    id: 'mask_people',
    title: 'Mask people in logs',
    sentence: 'E-mail addresses and card numbers become ***',
    about: 'Keeps JSON lines, and masks e-mail addresses and card numbers in them.',
    target: 'single_ring',
  },
  {
    id: 'three_readers',
    title: 'One feed, three readers',
    sentence: 'Archive, payments and alerts, each at its own pace',
    about:
      'Gives every event to three branches over one broadcast lane: an archive without addresses, settled payments as amounts, and failures as short notices.',
    target: 'lane_graph',
  },
  {
    id: 'urgent_first',
    title: 'Two sources, urgent first',
    sentence: 'Merges two feeds; errors never wait behind bulk',
    about:
      'Merges a feed of errors with a bulk feed by priority, so that an error never waits behind what can wait.',
    target: 'lane_graph',
  },
  {
    id: 'split_batches',
    title: 'Split batches',
    sentence: 'One record per line, then only those that matter',
    about:
      'Splits each batch at its line feeds, cleans the lines, and keeps warnings and errors. A lane graph runs it, because a ring has one slot for each record.',
    target: 'lane_graph',
  },
  {
    id: 'quiet_web_logs',
    title: 'Quiet web logs',
    sentence: 'Drops health checks and assets, keeps one hit in 20',
    about:
      'Drops what probes and browsers ask for by themselves, and keeps the first of every 20 hits that are left.',
    target: 'single_ring',
  },
  {
    id: 'post_payments',
    title: 'Post payments',
    sentence: 'Posts settled payments once; needs http_post',
    about:
      'Keeps every event in a journal as it came, and posts each settled payment once, without its card.',
    target: 'lane_graph',
  },
  {
    id: 'route_by_field',
    title: 'Route by field',
    sentence: 'Orders, payments and the rest, each to its place',
    about: 'Looks at the type of each record and sends it to one of three places; none is lost.',
    target: 'lane_graph',
  },
  {
    id: 'deduplicate_feed',
    title: 'Deduplicate a feed',
    sentence: 'Lets each event through once, by its id',
    about:
      'Remembers the last 1,000 event ids and drops what was sent again; the count of tries goes.',
    target: 'single_ring',
  },
  {
    id: 'audit_journal',
    title: 'Audit journal',
    sentence: 'Writes down what came in before anything changes it',
    about:
      'Writes every record to an audit as it came, over a journal that never holds the work up, and masks what goes on.',
    target: 'lane_graph',
  },
  {
    id: 'sample_two_sinks',
    title: 'Sample to two sinks',
    sentence: 'Archives everything, one in ten goes to the dashboard',
    about:
      'Archives every record as it came, and sends the first of every ten to a dashboard with its numbers alone.',
    target: 'lane_graph',
  },
  {
    id: 'split_and_merge',
    title: 'Split and merge',
    sentence: 'JSON and plain lines, each in its way, then together',
    about:
      'Takes the message out of JSON lines, makes plain lines small, brings both together and masks addresses.',
    target: 'lane_graph',
  },
  {
    id: 'pseudonyms',
    title: 'Pseudonyms',
    sentence: 'Customers become keyed hashes; needs a secret',
    about:
      'Replaces each customer by a keyed hash, so that customers can be counted and nobody knows who they are. The secret pii stands in the config bundle.',
    target: 'single_ring',
  },
];

const files = import.meta.glob<string>('./plans/*', {
  query: '?raw',
  import: 'default',
  eager: true,
});

function file(name: string): string {
  const text = files[`./plans/${name}`];
  if (text === undefined) throw new Error(`the template file ${name} is missing`);
  return text;
}

/** All templates, in the order in which they are offered. */
export const templates: readonly Template[] = described.map((template) => ({
  ...template,
  text: file(`${template.id}.plan`),
  samples: samplesOf(template.id),
  cases: casesOf(template.id),
}));

function samplesOf(id: string): Record<string, Sample> {
  const found = Object.keys(files).flatMap((path) => {
    const [name, ingress, kind] = path.replace('./plans/', '').split('.');
    return name === id && kind === 'records' && ingress !== undefined ? [ingress] : [];
  });
  return Object.fromEntries(
    found.map((ingress) => {
      const records = file(`${id}.${ingress}.records`).replace(/\n$/u, '').split('\n');
      return [ingress, { name: found.length > 1 ? `For ${ingress}` : 'Sample', records }];
    }),
  );
}

function casesOf(id: string): Record<string, Case> {
  const read = readCaseText(file(`${id}.cases`));
  if (!Array.isArray(read)) throw new Error(`${id}.cases, line ${read.line}: ${read.message}`);
  return Object.fromEntries(read.map((one, index) => [`case_${index + 1}`, one]));
}

/** A draft's content that starts from a template. */
export function contentOf({ text, target, samples, cases }: Template): DraftContent {
  return { text, target, layout: emptyLayout, samples, cases };
}
