// The import table of the house: which layer may import which. A layer may always import itself.
const layer = (name, from, allowed) => ({
  name: `${name}-imports-only`,
  comment: `${from} may import: ${allowed.join(', ') || 'itself only'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: '^(bin|lib|functions)/', pathNot: [`^${from}/`, ...allowed.map((a) => `^${a}/`)] },
});
const never = (name, from, to, extra = {}) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...extra },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    layer('domain', 'lib/domain', ['lib/contracts']),
    layer('contracts', 'lib/contracts', ['lib/domain']),
    layer('catalog', 'lib/catalog', ['lib/domain', 'lib/contracts']),
    layer('app', 'lib/app', ['lib/domain', 'lib/contracts', 'lib/catalog']),
    layer('adapters', 'lib/adapters', ['lib/app', 'lib/domain', 'lib/contracts']),
    layer('client', 'lib/client', ['lib/domain', 'lib/contracts']),
    layer('cli', 'lib/cli', ['lib/client', 'lib/domain', 'lib/contracts', 'lib/catalog', 'lib/adapters']),
    layer('sample', 'lib/sample', ['lib/domain', 'lib/contracts']),
    layer('infra', 'lib/infra', ['lib/contracts']),
    layer('local', 'lib/local', ['lib/infra', 'lib/contracts']),
    layer('dashboard', 'lib/dashboard', ['lib/contracts']),
    layer('functions', 'functions', [
      'lib/app',
      'lib/adapters',
      'lib/catalog',
      'lib/contracts',
      'lib/domain',
      'lib/dashboard',
    ]),
    never('domain-is-pure', '^lib/(domain|contracts)/', '', { dependencyTypes: ['npm', 'npm-dev', 'core'] }),
    never('app-knows-no-service', '^lib/app/', 'node_modules/(@aws-sdk|@middy|aws-cdk-lib|constructs|fauxqs)'),
    never('sample-uses-no-package', '^lib/sample/', '', { dependencyTypes: ['npm', 'npm-dev'] }),
    never('client-sends-only-to-sqs', '^lib/client/', 'node_modules/@aws-sdk/(?!client-sqs)'),
    {
      name: 'cli-reaches-the-table-only-for-keys',
      severity: 'error',
      from: { path: '^lib/cli/', pathNot: '^lib/cli/keys' },
      to: { path: '^lib/adapters/' },
    },
    {
      name: 'genai-prices-only-in-the-catalog-build',
      severity: 'error',
      from: { path: '^(bin|lib|functions)/', pathNot: '^lib/catalog/build' },
      to: { path: 'node_modules/@pydantic' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(bin|lib|functions)/' },
      to: { path: '^test/' },
    },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^aws-lambda$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
