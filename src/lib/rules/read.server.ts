/**
 * Reads the Markdown of `docs/spec/rules`, which is bundled with the server at build, so the page
 * shows the rules of the compiler it was built with. The form stands in that folder's README.md.
 */
import { Marked } from 'marked';
import type { RulePage, RuleParagraph } from './pages';

const files: Record<string, string> = import.meta.glob('/docs/spec/rules/*.md', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** In the order in which a plan meets them; others follow by name. */
const ORDER = [
  'syntax',
  'structure',
  'settings',
  'keys',
  'ring',
  'lanes',
  'lowering',
  'kv',
  'spec',
  'operations',
];

const TARGETS: Record<string, string> = {
  single_ring: 'for single_ring',
  lane_graph: 'for lane_graph',
};

const escapeHtml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const marked = new Marked({
  renderer: {
    code({ text, lang }) {
      const [kind = '', which = '', target = ''] = (lang ?? '').split(' ');
      const label = [kind, TARGETS[target] ?? ''].filter(Boolean).join(' ');
      return `<figure class="example ${escapeHtml(which)}"><figcaption>${escapeHtml(label)}</figcaption><pre tabindex="0"><code>${escapeHtml(text)}</code></pre></figure>\n`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const target = here(href);
      return target === null ? text : `<a href="${escapeHtml(target)}">${text}</a>`;
    },
  },
});

/** Links between the files become anchors of the one page; other documents aren't served. */
function here(href: string): string | null {
  if (href.startsWith('#')) return href;
  const match = /^(?:rules\/)?([a-z]+)\.md(#.+)?$/u.exec(href);
  return match && ORDER.includes(match[1] ?? '') ? (match[2] ?? `#${match[1]}`) : null;
}

const render = (text: string) => marked.parse(text.trim(), { async: false });

function paragraph(text: string): RuleParagraph {
  const [code = '', ...lines] = text.split('\n');
  const facts = new Map<string, string>();
  let at = 0;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fact = /^- ([a-z ]+): (.*)$/u.exec(line);
    if (fact) facts.set(fact[1] ?? '', fact[2] ?? '');
    else if (line !== '') break;
  }
  const fact = (name: string) => facts.get(name) ?? '';
  const names = fact('arguments');
  return {
    code: code.trim(),
    rule: fact('rule'),
    severity: fact('severity'),
    phase: fact('phase'),
    arguments: names === 'none' ? [] : names.replaceAll('`', '').split(', '),
    source: fact('source'),
    says: fact('says'),
    noExample: facts.get('no example') ?? null,
    html: render(lines.slice(at).join('\n')),
  };
}

function read(name: string, text: string): RulePage {
  const [head = '', ...rest] = text.split(/^## /mu);
  const [title = '', ...intro] = head.trim().split('\n');
  return {
    name,
    title: title.replace(/^# /u, ''),
    intro: render(intro.join('\n')),
    paragraphs: rest.map(paragraph),
  };
}

const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** All topics with their paragraphs. */
export const rulePages: RulePage[] = Object.entries(files)
  .map(([path, text]) => [/([^/]+)\.md$/u.exec(path)?.[1] ?? '', text] as const)
  .filter(([name]) => name !== '' && name !== 'README')
  .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
  .map(([name, text]) => read(name, text));
