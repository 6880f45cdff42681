import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** An effect that assigns what it could derive: a copy that is late by one turn, and can be stale. */
const copyingEffects = ['', ' > IfStatement', ' > IfStatement > BlockStatement'].map((inside) => ({
  selector: `CallExpression[callee.name='$effect'] > ArrowFunctionExpression > BlockStatement${inside} > ExpressionStatement > AssignmentExpression[left.type='Identifier']`,
  message:
    'State that can be derived is derived; a writable $derived takes what is typed over it. Effects are for the DOM, timers and subscriptions.',
}));

export default ts.config(
  {
    ignores: [
      'build/',
      '.svelte-kit/',
      '.cache/',
      '.byteor/',
      'target/',
      'wasm/**/pkg/',
      'server/db/generated/',
      'src/lib/compiler/types.ts',
      'src/lib/compiler/tokens.ts',
      'test-results/',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: {
      // Links are built from route constants; the app is always served from the root.
      'svelte/no-navigation-without-resolve': 'off',
      'no-restricted-syntax': ['error', ...copyingEffects],
    },
  },
  {
    // A route says what stands where; state that thinks is a class in `.svelte.ts`.
    files: ['src/routes/**'],
    rules: { 'max-lines': ['error', { max: 150 }] },
  },
  {
    // Keeps a history of answers, which nothing but their coming can make.
    files: ['src/lib/deployments/LiveNumbers.svelte'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
