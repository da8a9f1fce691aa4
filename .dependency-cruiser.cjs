/**
 * Which folder may import which: each line may import what stands in its list, and itself. Anything else is an
 * error, so that a reader who knows DESIGN's list knows the code.
 */
const layers = {
  errors: [],
  connections: [],
  'database-error': ['errors'],
  claims: ['errors'],
  catalog: ['claims', 'errors'],
  policy: ['catalog', 'claims', 'errors'],
  scope: ['policy', 'catalog', 'claims', 'database-error', 'errors'],
  http: ['claims', 'database-error', 'errors'],
  rest: ['http', 'scope', 'policy', 'catalog', 'claims', 'database-error', 'errors'],
  openapi: ['rest', 'http', 'scope', 'policy', 'catalog', 'claims', 'errors'],
  rules: ['rest', 'scope', 'policy', 'catalog', 'claims', 'errors'],
  claimstake: [
    'connections',
    'rules',
    'openapi',
    'store',
    'rest',
    'http',
    'scope',
    'policy',
    'catalog',
    'claims',
    'errors',
  ],
  'database-check': ['rules', 'policy', 'catalog'],
  config: ['claims', 'errors'],
  identity: ['config', 'claims', 'errors'],
  store: ['claims', 'database-error', 'errors'],
  database: ['config', 'connections'],
  app: ['claimstake', 'identity', 'config', 'http', 'policy', 'errors'],
  testing: ['config', 'claims'],
  index: [
    'app',
    'claimstake',
    'rules',
    'database-check',
    'identity',
    'config',
    'http',
    'store',
    'connections',
    'scope',
    'policy',
    'catalog',
    'claims',
    'errors',
  ],
  data: ['generated', 'index'],
  service: [
    'app',
    'http',
    'claimstake',
    'identity',
    'config',
    'database',
    'connections',
    'store',
    'generated',
  ],
  server: ['rules', 'database-check', 'service', 'data', 'app', 'claimstake', 'identity', 'config', 'store'],
  apikey: ['config', 'database', 'store'],
  resolve: ['config', 'database'],
  revoke: ['config', 'identity', 'claims', 'database', 'store'],
}

/** The modules of a layer: a folder, or a single file of the same name. */
const at = (name) => `^src/${name}(/|\\.ts$)`

const downwards = Object.entries(layers).map(([name, below]) => ({
  name: `${name}-imports-only-what-is-below-it`,
  severity: 'error',
  from: { path: at(name) },
  to: { path: '^src/', pathNot: [name, ...below].map(at) },
}))

module.exports = {
  forbidden: [
    ...downwards,
    { name: 'no-cycles', severity: 'error', from: { pathNot: '^src/generated' }, to: { circular: true } },
    {
      name: 'express-stays-at-the-edge',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/http/', '^src/rest/router\\.ts$', '^src/identity/', '^src/app\\.ts$'],
      },
      to: { path: 'node_modules/(@types/)?express', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'policy-is-pure',
      comment: 'No I/O, no Express and no Prisma in what decides.',
      severity: 'error',
      from: { path: '^src/(policy|claims)/' },
      to: { dependencyTypes: ['npm', 'core'] },
    },
    {
      name: 'only-the-service-builds-a-prisma-client',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/service/', '^src/generated/'] },
      to: { path: '^src/generated/prisma', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-library-imports-nothing-generated',
      severity: 'error',
      from: { path: '^src/(index|testing)\\.ts$' },
      to: { path: '^src/generated', reachable: true },
    },
    {
      name: 'nobody-imports-an-executable',
      severity: 'error',
      from: {},
      to: { path: '^src/(server|apikey|resolve|revoke)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
}
