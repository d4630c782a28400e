// Who may import whom: the table of the house (docs/architecture.md), as rules. Type-only imports count too.
// scripts/boundaries.mjs runs it and fails where it looked at too few modules.

/** folder -> folders of src/ that it may import, besides itself. */
const mayImport = {
  core: [],
  data: ['core'],
  reference: ['core'],
  gpu: ['core'],
  parallel: ['core'],
  model: ['core', 'gpu', 'parallel'],
  'model/shapes': ['core', 'parallel'],
  planner: ['core', 'parallel', 'model/shapes'],
  train: ['core', 'data', 'model', 'gpu', 'parallel'],
  infer: ['core', 'model', 'gpu', 'parallel'],
  serve: ['core', 'infer'],
  interop: ['core', 'model/shapes', 'parallel/mesh', 'parallel/placement'],
  scenes: ['core', 'data'],
  check: ['core', 'data', 'reference', 'gpu', 'model', 'parallel', 'train', 'infer', 'interop'],
  workers: [
    ...['core', 'data', 'reference', 'gpu', 'model', 'parallel', 'planner'],
    ...['train', 'infer', 'serve', 'interop', 'scenes', 'check'],
  ],
  ui: ['core', 'parallel', 'planner', 'model/shapes', 'workers/protocol', 'workers/tokenizerProtocol'],
};

const testFile = '\\.test\\.tsx?$';

const folderRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder.replace('/', '-')}-imports`,
  comment: `src/${folder} may import only: ${[folder, ...allowed].join(', ')}`,
  severity: 'error',
  from: {
    path: `^src/${folder}/`,
    pathNot: [
      testFile,
      // The one hand that reaches the workers has a rule of its own.
      ...(folder === 'ui' ? ['^src/ui/labController[^/]*\\.tsx?$'] : []),
      ...(folder === 'model' ? ['^src/model/shapes/'] : []),
    ],
  },
  to: { path: '^src/', pathNot: [folder, ...allowed].map((name) => `^src/${name}(/|\\.)`) },
}));

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'lab-controller-imports',
      comment: 'labController alone reaches the launchers of workers',
      severity: 'error',
      from: { path: '^src/ui/labController[^/]*\\.tsx?$', pathNot: testFile },
      to: {
        path: '^src/',
        pathNot: ['ui', ...mayImport.ui, 'workers/(launcher|importLauncher|sceneLauncher|tokenizerLauncher)'].map(
          (name) => `^src/${name}(/|\\.)`,
        ),
      },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(src|bin|scripts)/', pathNot: [testFile, '^src/testing/'] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'react-lives-in-ui',
      severity: 'error',
      from: { path: '^(src|bin|scripts)/', pathNot: '^src/ui/' },
      to: {
        path: [
          '^(react|react-dom|zustand|lucide-react|@base-ui)(/|$)',
          'node_modules/(react|react-dom|zustand|lucide-react|@base-ui)/',
        ],
      },
    },
    {
      name: 'source-stands-alone',
      comment: 'the page must not need the tools around it',
      severity: 'error',
      from: { path: '^src/', pathNot: testFile },
      to: { path: '^(bin|scripts|e2e|bench)/' },
    },
    {
      name: 'command-line-imports',
      comment:
        'the command line knows the page by its contract only; schedules, plans, tokenizers and folders it computes itself',
      severity: 'error',
      from: { path: '^bin/', pathNot: testFile },
      to: {
        path: '^src/',
        pathNot: [
          '^src/core/',
          '^src/data/tokenizerTraining/',
          '^src/interop/',
          '^src/parallel/schedules/',
          '^src/parallel/(mesh|stepShares)\\.ts$',
          '^src/planner/',
          '^src/workers/protocol\\.ts$',
          '^src/ui/automationApi\\.ts$',
        ],
      },
    },
    {
      name: 'scripts-import-no-source',
      severity: 'error',
      from: { path: '^scripts/', pathNot: testFile },
      to: { path: '^(src|bin)/' },
    },
    {
      name: 'no-cycles',
      comment: 'types may point at each other, code may not',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^bench/', '^public/'] },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'] },
  },
};
