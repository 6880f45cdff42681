import type { Suggestion } from '$lib/text/monaco';
import { elementsOf } from './graph';
import type { EditorSession } from './session.svelte';

/** Help for the place in the text: what the stage's family does, from the catalogue. */
export function helpAt(
  session: EditorSession,
  offset: number,
): { start: number; end: number; markdown: string } | null {
  if (!session.upToDate) return null;
  const stage = session.graph.stages.find(
    ({ key_span }) => offset >= key_span.start && offset <= key_span.end,
  );
  const family = session.families.find(({ name }) => name === stage?.family);
  if (!stage || !family) return null;
  const lines = [
    `**${family.title}** \`${family.key_grammar}\``,
    family.docs,
    ...family.examples.map(({ key, does }) => `- \`${key}\` ${does}`),
  ];
  if (family.capability) lines.push(`Needs the capability \`${family.capability}\`.`);
  return { ...stage.key_span, markdown: lines.join('\n\n') };
}

const statements: Suggestion[] = [
  { label: 'stage', detail: 'a processing step: stage ID KEY', kind: 'word' },
  { label: 'ingress', detail: 'where records come in', kind: 'word' },
  { label: 'egress', detail: 'where records leave', kind: 'word' },
  { label: 'pipeline', detail: 'the pipeline’s name', kind: 'word' },
  { label: 'description', detail: 'what it is for', kind: 'word' },
  { label: 'single_ring', detail: 'settings of SingleRing', kind: 'word' },
  { label: 'lane_graph', detail: 'settings of LaneGraph', kind: 'word' },
];

/** What may come next in a line, up to `column`. */
export function suggestAt(session: EditorSession, line: string, column: number): Suggestion[] {
  const before = line.slice(0, column);
  const ids = elementsOf(session.graph).map(({ id, kind, key }): Suggestion => ({
    label: id,
    detail: key ?? kind,
    kind: 'id',
  }));
  if (/^\s*$/u.test(before)) return [...statements, ...ids];
  if (/^\s*stage\s+[a-z][a-z0-9_]*\s+"?$/u.test(before)) {
    return session.families.map(({ template, summary }): Suggestion => ({
      label: template,
      detail: summary,
      kind: 'key',
    }));
  }
  if (/(->)\s*$/u.test(before)) return ids;
  if (/-\[\s*$/u.test(before)) {
    return ['events', 'journal', 'sequenced_slots', 'fanout_broadcast'].map(
      (label): Suggestion => ({ label, detail: 'lane intent', kind: 'word' }),
    );
  }
  return [];
}
