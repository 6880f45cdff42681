import type { PictureElement, PicturePlan } from './picture';

/** A plan as Graphviz text: groups as clusters, notes tied to what they are about. */
export function drawGraphviz({ title, elements, wires, layout }: PicturePlan): string {
  const lines = [
    `digraph ${quoted(title)} {`,
    `  rankdir=${layout.direction === 'down' ? 'TB' : 'LR'};`,
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
  ];
  const known = new Set(elements.map(({ id }) => id));
  const grouped = new Set<string>();
  Object.values(layout.groups).forEach(({ title, members }, index) => {
    const here = members.filter((member) => known.has(member) && !grouped.has(member));
    if (here.length === 0) return;
    lines.push(`  subgraph cluster_${index} {`, `    label=${quoted(title)};`);
    for (const member of here) {
      grouped.add(member);
      lines.push(`    ${quoted(member)};`);
    }
    lines.push('  }');
  });
  for (const element of elements) lines.push(`  ${quoted(element.id)} [${look(element)}];`);
  for (const { from, to, intent } of wires) {
    const look = LINES[intent?.split(' ')[0] ?? ''];
    const named = intent && look ? ` [label=${quoted(intent)}, ${look}]` : '';
    lines.push(`  ${quoted(from)} -> ${quoted(to)}${named};`);
  }
  Object.values(layout.notes).forEach(({ text, about }, index) => {
    lines.push(`  ${quoted(`note ${index + 1}`)} [shape=note, style="", label=${quoted(text)}];`);
    if (about !== null && known.has(about))
      lines.push(
        `  ${quoted(`note ${index + 1}`)} -> ${quoted(about)} [style=dotted, arrowhead=none];`,
      );
  });
  return `${lines.join('\n')}\n}\n`;
}

const LINES: Partial<Record<string, string>> = {
  journal: 'style=dashed',
  sequenced_slots: 'style=dashed',
  fanout_broadcast: 'color="black:black"',
};

function look({ id, kind, key }: PictureElement): string {
  if (kind !== 'stage') return `shape=oval, label=${quoted(`${id}\n${kind}`)}`;
  return `label=${quoted(key ? `${id}\n${key}` : id)}`;
}

/** A quoted id. A backslash before the end would hide the quote, and \n is a new line. */
function quoted(text: string): string {
  const plain = text.replace(/\\/gu, '\\\\').replace(/"/gu, '\\"').replace(/\r?\n/gu, '\\n');
  return `"${plain.replace(/\0/gu, '')}"`;
}
