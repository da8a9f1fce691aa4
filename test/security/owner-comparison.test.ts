import { createPool } from '../../src/connections/create-pool.js'
import { checkDatabase } from '../../src/database-check/check-database.js'
import { data } from '../../src/data/resource.js'
import { builder, type Data } from '../../src/policy/builder.js'
import { compiledService, production, type CompiledService } from '../support/compiled-service.js'
import { startService, type TestService } from '../support/service.js'
import { runAt } from '../support/test-run.js'

// F38, T8: what the database takes for equal, rules take for the same caller. The service is asked over HTTP without
// the check of its start, so that the attack is seen to work; then the check refuses that database.

let service: TestService
beforeEach(async () => {
  service = await startService()
  await runAt(
    service.database.url,
    `CREATE COLLATION "any case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    'CREATE EXTENSION citext',
    'CREATE DOMAIN plain_name AS text',
    'CREATE DOMAIN any_name AS citext',
    'CREATE DOMAIN any_names AS citext[]',
    'CREATE DOMAIN any_word AS text COLLATE "any case"',
    'CREATE DOMAIN padded AS char(8)',
    'CREATE DOMAIN short AS varchar(3)',
  )
})
afterEach(() => service.stop())

async function check(rules: Data = data, schema?: string): Promise<string> {
  const pool = createPool({ url: service.database.url, statementTimeout: 15_000, onError: () => undefined })
  return await checkDatabase(pool, rules, { schema, allowUnsafeDurability: true })
    .then(
      () => '',
      (error: unknown) => String(error),
    )
    .finally(() => pool.end())
}

/** The statements that the refusal says would cure it. */
const curesIn = (refusal: string) => [...refusal.matchAll(/ALTER TABLE [^;]+;/gu)].map(([cure]) => cure)

const todo = 'ALTER TABLE "Todo" ALTER owner TYPE'
const project = (column: string) => `ALTER TABLE "Project" ALTER ${column} TYPE`

interface Attack {
  readonly sql: readonly string[]
  readonly victim: string
  readonly attacker: string
  /** What the refusal names. */
  readonly column: string
  readonly found: string
}

const kims = { victim: 'Kim', attacker: 'kim', column: '"public"."Todo"."owner" (Todo.owner)' }

const todos: readonly (readonly [string, Attack])[] = [
  [
    'a nondeterministic collation',
    {
      ...kims,
      sql: [`${todo} text COLLATE "any case"`],
      found: 'the nondeterministic collation public."any case"',
    },
  ],
  ['citext', { ...kims, sql: [`${todo} citext`], found: 'is citext' }],
  ['a domain over citext', { ...kims, sql: [`${todo} any_name`], found: 'is any_name' }],
  [
    'a domain with such a collation',
    { ...kims, sql: [`${todo} any_word`], found: 'the nondeterministic collation public."any case"' },
  ],
  [
    'char(n)',
    { ...kims, victim: 'ana', attacker: 'ana ', sql: [`${todo} char(8)`], found: 'is character(8)' },
  ],
  [
    'a domain over char(n)',
    { ...kims, victim: 'ana', attacker: 'ana ', sql: [`${todo} padded`], found: 'is padded' },
  ],
  [
    'uuid under a model that says text',
    {
      ...kims,
      victim: '0190a001-0000-7000-8000-00000000000a',
      attacker: '0190A001-0000-7000-8000-00000000000A',
      sql: [`${todo} uuid USING owner::uuid`],
      found: 'is uuid',
    },
  ],
  [
    'a view over such a column',
    {
      ...kims,
      sql: [
        `${todo} citext`,
        'ALTER TABLE "Todo" RENAME TO todos',
        'CREATE VIEW "Todo" AS SELECT * FROM todos',
      ],
      found: 'is citext: cast it in the view, "owner"::text',
    },
  ],
  [
    'a partitioned table',
    {
      ...kims,
      sql: [
        'DROP TABLE "Todo"',
        `CREATE TABLE "Todo" (id serial, owner text COLLATE "any case" NOT NULL, title text NOT NULL,
          done boolean NOT NULL DEFAULT false, "dueAt" timestamp(3), "createdAt" timestamp(3) NOT NULL DEFAULT now(),
          version integer NOT NULL DEFAULT 1) PARTITION BY RANGE (id)`,
        'CREATE TABLE todos PARTITION OF "Todo" DEFAULT',
      ],
      found: 'the nondeterministic collation public."any case"',
    },
  ],
]

test.each(todos)('%s gives one caller the rows of another, and is refused', async (_, attack) => {
  const { victim, attacker, sql, column, found } = attack
  await runAt(service.database.url, ...sql)
  const create = () => service.unscoped.todo.create({ data: { owner: victim, title: 'a secret' } })
  const [{ id }, { id: doomed }] = [await create(), await create()]
  const other = service.caller({ user_id: attacker })
  const path = `/v1/todos/${id}`

  expect(await other('GET', path)).toMatchObject({ status: 200, body: { title: 'a secret' } })
  expect(await other('DELETE', `/v1/todos/${doomed}`)).toMatchObject({ status: 204 })
  expect(await service.unscoped.todo.count()).toBe(1)

  const refusal = await check()
  expect(refusal).toContain(`${column} ${found.startsWith('the') ? 'has ' : ''}${found}`)

  const cures = curesIn(refusal)
  if (found.includes('view')) return
  expect(cures).toHaveLength(1)
  await runAt(service.database.url, ...cures)
  expect(await check()).toBe('')
  expect(await other('GET', path)).toMatchObject({ status: 404 })
  expect(await service.caller({ user_id: victim })('GET', path)).toMatchObject({ status: 200 })
})

const lists: readonly (readonly [string, string, 'owners' | 'teams'])[] = [
  ['a list with such a collation', `${project('owners')} text[] COLLATE "any case"`, 'owners'],
  ['a list of citext', `${project('owners')} citext[]`, 'owners'],
  ['a list of a domain over citext', `${project('teams')} any_name[] USING teams::any_name[]`, 'teams'],
  ['a domain over a list of citext', `${project('teams')} any_names`, 'teams'],
  ['a list of groups with such a collation', `${project('teams')} text[] COLLATE "any case"`, 'teams'],
]

test.each(lists)('%s is refused too', async (_, sql, column) => {
  // Without the index: not every type has one of this kind.
  await runAt(service.database.url, `DROP INDEX "Project_${column}_idx"`, sql)
  const refusal = await check()
  expect(refusal).toContain(`"public"."Project"."${column}" (Project.${column}) `)
  await runAt(service.database.url, ...curesIn(refusal))
  expect(await check()).toBe('')
})

test('a list with such a collation lets a caller in', async () => {
  await runAt(service.database.url, 'DROP INDEX "Project_owners_idx"', lists[0]?.[1] ?? '')
  const { id } = await service.unscoped.project.create({ data: { name: 'x', owners: ['Kim'], teams: [] } })
  expect(await service.caller({ user_id: 'kim' })('GET', `/v1/projects/${id}`)).toMatchObject({ status: 200 })
})

test('varchar(n) that the model does not know of makes one caller the author of another’s row, and is refused', async () => {
  await runAt(service.database.url, `${todo} varchar(3)`)
  const sent = { body: { title: 'I owe you' } }
  expect(await service.caller({ user_id: 'ana   ' })('POST', '/v1/todos', sent)).toMatchObject({
    status: 201,
  })
  expect(await service.caller({ user_id: 'ana' })('GET', '/v1/todos')).toMatchObject({
    body: { items: [{ title: 'I owe you' }] },
  })
  expect(await check()).toContain(
    '"public"."Todo"."owner" (Todo.owner) is character varying(3), which schema.prisma does not say: ' +
      'add @db.VarChar(3) there, or ALTER TABLE "public"."Todo" ALTER "owner" TYPE text;',
  )
  await runAt(service.database.url, `${todo} short`)
  expect(await check()).toContain('is short, which schema.prisma does not say: add @db.VarChar(3) there')
})

test('all of them are told in one message, with what a column that is missing', async () => {
  await runAt(
    service.database.url,
    `${todo} citext`,
    `ALTER TABLE "Post" ALTER owner TYPE text COLLATE "any case"`,
    'ALTER TABLE "Employee" RENAME owner TO boss',
    'DROP TABLE "Membership"',
  )
  const refusal = await check()
  expect(refusal.split('\n').slice(1)).toEqual([
    expect.stringContaining('"Post"."owner"'),
    expect.stringContaining('"Todo"."owner"'),
    expect.stringContaining('"Membership"."userId" (Membership.userId) is not in the database'),
    expect.stringContaining('"Employee"."owner" (Employee.owner) is not in the database'),
  ])
})

test('mapped names are the database’s, in the schema that Prisma was told', async () => {
  const string = { kind: 'scalar', type: 'String', list: false, required: true } as const
  const table = (name: string, schema?: string) => ({
    table: name,
    ...(schema !== undefined && { schema }),
    id: { name: 'id', fields: ['id'] },
    uniques: [],
    indexes: [],
    fields: { id: { ...string, column: 'id' }, owner: { ...string, column: 'owner "id"' } },
  })
  const { a, defineData } = builder({
    models: { Note: table('notes'), Page: table('Pages', 'other "one"') },
    enums: {},
  })
  const owned = () => a.model().authorization((allow) => allow.owner())
  const mapped = defineData({ schema: a.schema({ Note: owned(), Page: owned() }) })
  await runAt(
    service.database.url,
    'CREATE SCHEMA app',
    'CREATE SCHEMA "other ""one"""',
    'CREATE TABLE notes (id text, "owner ""id""" text)',
    'CREATE TABLE app.notes (id text, "owner ""id""" citext)',
    'CREATE TABLE "other ""one"""."Pages" (id text, "owner ""id""" text COLLATE "any case")',
  )
  const refusal = await check(mapped, 'app')
  expect(refusal).toContain('"app"."notes"."owner ""id""" (Note.owner) is citext: ALTER TABLE "app"."notes"')
  expect(refusal).toContain('"other ""one"""."Pages"."owner ""id""" (Page.owner) has the nondeterministic')
  expect(await check(mapped)).not.toContain('notes')
  await runAt(service.database.url, ...curesIn(refusal))
  expect(await check(mapped, 'app')).toBe('')
})

describe('the service', () => {
  let compiled: CompiledService
  beforeAll(() => void (compiled = compiledService()), 60_000)
  afterAll(() => {
    compiled.remove()
  })

  test.each([
    ['production', { ...production, ALLOW_UNSAFE_DURABILITY: 'true' }],
    ['development', {}],
  ])(
    'does not start on such a column in %s',
    async (_, env) => {
      await runAt(service.database.url, `${todo} text COLLATE "any case"`)
      const refused = compiled.start({ ...env, DATABASE_URL: service.database.url })
      expect(await refused.exited).toBe(1)
      expect(refused.output()).toContain(
        '"public"."Todo"."owner" (Todo.owner) has the nondeterministic collation public."any case": ' +
          'ALTER TABLE "public"."Todo" ALTER "owner" TYPE text COLLATE "default";',
      )
    },
    30_000,
  )
})

test('exact types, plain domains and columns that no rule reads are left alone', async () => {
  await runAt(
    service.database.url,
    `${todo} plain_name`,
    'ALTER TABLE "Post" ALTER owner TYPE varchar',
    'ALTER TABLE "Post" ALTER postname TYPE citext',
    'ALTER TABLE "Comment" ALTER owner TYPE text COLLATE "C"',
  )
  expect(await check()).toBe('')
})
