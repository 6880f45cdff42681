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
    tokenizer: {
      root: [
        [/^\s*#.*$/, 'comment'],
        [
          /^(\s*)(stage)(\s+)([a-z][a-z0-9_]*)/,
          ['', 'keyword', '', { token: 'type', next: '@key' }],
        ],
        [/^(\s*)(ingress|egress|pipeline)(\s+)([a-z][a-z0-9_]*)/, ['', 'keyword', '', 'type']],
        [/^(\s*)(description)\b/, ['', 'keyword']],
        [/^(\s*)(single_ring|lane_graph)\b/, ['', 'keyword']],
        { include: '@common' },
      ],
      key: [
        [/$/, '', '@pop'],
        [/\s+#.*$/, { token: 'comment', next: '@pop' }],
        [/\s+/, ''],
        [/"(?:[^"]|"")*"/, 'string'],
        [/[^\s#"]+/, 'string'],
        [/./, ''],
      ],
      common: [
        [/\s#.*$/, 'comment'],
        [/-\[/, { token: 'operator', next: '@intent' }],
        [/->/, 'operator'],
        [/"(?:[^"]|"")*"/, 'string'],
        [/[{};]/, 'delimiter'],
        [/\d+/, 'number'],
        [/[a-z][a-z0-9_]*/, 'identifier'],
      ],
      intent: [
        [/\]->/, { token: 'operator', next: '@pop' }],
        [/$/, '', '@pop'],
        [/\d+/, 'number'],
        [/[a-z_]+/, 'attribute'],
        [/./, ''],
      ],
    },
  });
}
