import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { migrate } from '../../src/database/migrate.js'
import { createDatabase } from '../support/database.js'

const run = promisify(execFile)
let project: string
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'claimstake-consumer-'))
  await cp('test/contract/consumer', project, { recursive: true })
  await installPackage()
}, 120_000)
afterAll(() => rm(project, { recursive: true, force: true }))

/** Packs the library and puts it beside the packages this repository has: what `npm install` of the pack would do. */
async function installPackage(): Promise<void> {
  // Without the scripts, which would write src/generated anew under the other tests.
  await run(process.execPath, ['scripts/build.js'])
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project])
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ]
  const generated = files
    .map((file) => file.path)
    .filter((path) =>
      /generated|\/server\.|apikey\.|\/resolve\.|\/revoke\.|\/database\/|service|data\//u.test(path),
    )
  expect(generated).toEqual([])
  expect(files.map((file) => file.path)).toEqual(
    expect.arrayContaining(['sql/0001_api_keys.sql', 'sql/0002_idempotent_answers.sql']),
  )
  const modules = join(project, 'node_modules')
  await mkdir(join(modules, 'claimstake'), { recursive: true })
  for (const name of await readdir('node_modules')) {
    if (name !== '.bin') await symlink(resolve('node_modules', name), join(modules, name))
  }
  await run('tar', [
    '-xzf',
    join(project, filename),
    '-C',
    join(modules, 'claimstake'),
    '--strip-components=1',
  ])
  await mkdir(join(modules, '.bin'))
  await symlink(
    join(modules, 'claimstake/dist/catalog/generator.js'),
    join(modules, '.bin/claimstake-generator'),
  )
}

test('the package is well formed', async () => {
  const { messages } = await publint({
    pkgDir: join(project, 'node_modules/claimstake'),
    strict: true,
    pack: false,
  })
  expect(messages).toEqual([])
})

test('a second project with other models generates, compiles strictly and runs', async () => {
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
  const env = {
    ...process.env,
    PATH: `${join(project, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  }
  const node = (...args: string[]) => run(process.execPath, args, { cwd: project, env })
  await node(resolve('node_modules/prisma/build/index.js'), 'generate', '--schema', 'schema.prisma')
  // Also as most projects have it: the option changes how optional type parameters are inferred.
  for (const options of [['--exactOptionalPropertyTypes', 'false'], []]) {
    await node(resolve('node_modules/typescript/bin/tsc'), ...options).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout)
    })
  }

  const database = await createDatabase({ tables: 'none' })
  try {
    const schemaPath = join(project, 'schema.prisma')
    await migrate({
      url: database.url,
      schemaPath,
      migrationsFolder: join(project, 'migrations'),
      mode: 'development',
      log: () => undefined,
    })
    const { stdout } = await run(process.execPath, ['dist/main.js'], {
      cwd: project,
      env: { ...env, URL: database.url },
    })
    expect(JSON.parse(stdout)).toEqual([
      ['POST', '/books', 201, { isbn: '1', curator: '7', title: 'Soup', rev: 1 }],
      ['GET', '/books/1', 404, 'NOT_FOUND'],
      ['POST', '/recipes', 201, { book: '1', number: 1, cooks: ['ana'], note: 'hot' }],
      ['POST', '/recipes', 422, 'INVALID_INPUT'],
      ['GET', '/recipes/1/1', 200, { book: '1', number: 1, cooks: ['ana'], note: 'hot' }],
      ['GET', '/recipes', 200, { items: [], nextCursor: null }],
      [
        'GET',
        '/books',
        200,
        { items: [{ isbn: '1', curator: '7', title: 'Soup', level: 'easy', rev: 1 }], nextCursor: null },
      ],
      ['PATCH', '/books/1', 422, 'INVALID_INPUT'],
      ['GET', '/secrets', 404, 'NOT_FOUND'],
      ['Soup'],
      'FORBIDDEN_OPERATION',
      'UNSUPPORTED_ARGUMENT',
      // A key is somebody, though no rule here is about keys.
      'FORBIDDEN_OPERATION',
      'INVALID_CREDENTIALS',
    ])
  } finally {
    await database.drop()
  }
}, 120_000)

const tsconfig = {
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    declaration: true,
    types: ['node'],
    outDir: 'dist',
    rootDir: '.',
  },
  include: ['*.ts', 'generated'],
}
