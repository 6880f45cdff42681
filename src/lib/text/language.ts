import { languages } from 'monaco-editor/editor';

export const LANGUAGE = 'byteor-plan';

let registered = false;

/** Teaches Monaco the look of the plan language; its meaning is the compiler's alone. */
export function registerPlanLanguage(): void {
  if (registered) return;
  registered = true;
  languages.register({ id: LANGUAGE, extensions: ['.plan'], aliases: ['ByteOr plan'] });
  languages.setLanguageConfiguration(LANGUAGE, {
    comments: { lineComment: '#' },
    brackets: [
      ['{', '}'],
      ['[', ']'],
    ],
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '[', close: ']' },
    ],
    wordPattern: /[a-z][a-z0-9_]*/u,
  });
  languages.setMonarchTokensProvider(LANGUAGE, {
    defaultToken: '',
    // Every statement is one line, so no state is carried from one line to the next.
    tokenizer: {
      root: [
        [/^\s*#.*$/, 'comment'],
        [
          /^(\s*)(stage)(\s+)([a-z][a-z0-9_]*)(\s+)("(?:[^"]|"")*"?|[^\s#"]+)/,
          ['', 'keyword', '', 'type', '', 'string'],
        ],
        [
          /^(\s*)(stage|ingress|egress|pipeline)(\s+)([a-z][a-z0-9_]*)/,
          ['', 'keyword', '', 'type'],
        ],
        [
          /^(\s*)(stage|ingress|egress|pipeline|description|single_ring|lane_graph)\b/,
          ['', 'keyword'],
        ],
        [/\s#.*$/, 'comment'],
        [/(-\[)([^\]]*)(\]->)/, ['operator', 'attribute', 'operator']],
        [/->/, 'operator'],
        [/"(?:[^"]|"")*"?/, 'string'],
        [/[{};]/, 'delimiter'],
        [/\d+/, 'number'],
        [/[a-z][a-z0-9_]*/, 'identifier'],
      ],
    },
  });
}
