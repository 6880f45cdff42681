import { languages } from 'monaco-editor/editor';

export const LANGUAGE = 'byteor-plan';

let registered = false;

/**
 * Teaches Monaco the form of the plan language; its meaning is the compiler's alone. The colours here
 * are those of the first paint, until the compiler's semantic tokens come.
 */
export function registerPlanLanguage(): void {
  if (registered) return;
  registered = true;
  languages.register({ id: LANGUAGE, extensions: ['.plan'], aliases: ['ByteOr plan'] });
  languages.setLanguageConfiguration(LANGUAGE, {
    comments: { lineComment: '#' },
    autoClosingPairs: [
      { open: '{', close: '}' },
      { open: '[', close: ']' },
    ],
    wordPattern: /[a-z][a-z0-9_]*/u,
  });
  languages.setMonarchTokensProvider(LANGUAGE, {
    defaultToken: '',
    tokenizer: {
      root: [
        [/^\s*#.*$/, 'comment'],
        [/\s#.*$/, 'comment'],
        [/^(\s*)(stage)(\s+\S+\s+)([^\s"#]+)/, ['', 'keyword', '', 'string']],
        [
          /^(\s*)(stage|ingress|egress|pipeline|description|single_ring|lane_graph)\b/,
          ['', 'keyword'],
        ],
        [/"(?:[^"]|"")*"?/, 'string'],
        [/(-\[)([^\]]*)(\]->)/, ['operator', 'value', 'operator']],
        [/->/, 'operator'],
      ],
    },
  });
}
