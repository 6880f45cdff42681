// Boundaries of design decision "only importer" and the absence of import cycles.
// Invariants ARCH-2 and ARCH-3 in docs/architecture.md.
const onlyImporter = (name, folder, target) => ({
  name: `only-importer-${name}`,
  severity: 'error',
  comment: `Only ${folder} imports ${name}.`,
  from: { path: '^(src|server|e2e)/', pathNot: `^${folder}/` },
  to: { path: target },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      ...onlyImporter(
        'wasm',
        '(src/lib/compiler|src/lib/run|server/providers)',
        '^wasm/pkg/|^wasm/[a-z]+/pkg/',
      ),
    },
    onlyImporter('comlink', '(src/lib/compiler|src/lib/run)', 'node_modules/comlink'),
    onlyImporter('xyflow', 'src/lib/canvas', 'node_modules/@xyflow'),
    onlyImporter('elkjs', 'src/lib/layout', 'node_modules/elkjs'),
    onlyImporter('monaco', 'src/lib/text', 'node_modules/monaco-editor'),
    onlyImporter('idb', 'src/lib/drafts', 'node_modules/idb'),
    {
      name: 'document-knows-no-view',
      severity: 'error',
      comment: 'src/lib/document has no DOM and no Svelte.',
      from: { path: '^src/lib/document/', pathNot: '\\.test\\.ts$' },
      to: {
        path: [
          'node_modules/svelte',
          '^src/lib/(canvas|text|editor|ui|drafts|layout|review)/',
          '^src/routes/',
        ],
      },
    },
    {
      name: 'domain-does-no-io',
      severity: 'error',
      comment: 'server/domain is pure: no I/O, no framework, no provider.',
      from: { path: '^server/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: '^server/', pathNot: '^server/domain/' },
    },
    {
      name: 'domain-tests-open-no-database',
      severity: 'error',
      comment:
        'They run beside PGlite alone (server/vitest.config.ts): no database may matter to them.',
      from: { path: '^server/domain/.*\\.test\\.ts$' },
      to: { path: '^server/(providers|db|open-services|test/harness)' },
    },
    {
      name: 'domain-does-no-io-node',
      severity: 'error',
      from: { path: '^server/domain/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'page-takes-only-types-from-the-server',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^server/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'lib-never-imports-routes',
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/routes/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'wasm/pkg', 'wasm/[a-z]+/pkg'] },
    exclude: { path: ['server/db/generated', '\\.svelte-kit'] },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'browser', 'default'],
      extensions: ['.ts', '.js', '.svelte', '.mjs'],
    },
  },
};
