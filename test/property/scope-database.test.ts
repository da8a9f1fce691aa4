import fc from 'fast-check'
import type { Model } from '../../src/catalog/model.js'
import { modelsOf } from '../../src/catalog/model.js'
import { claimstake } from '../../src/claimstake.js'
import type { Principal } from '../../src/claims/principal.js'
import { principal } from '../../src/claims/principal.js'
import { catalog } from '../../src/generated/catalog.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import { decide, fieldScope, type Allowed } from '../../src/policy/decide.js'
import type { RuleDefinition } from '../../src/policy/rule-definition.js'
import type { SchemaDefinition } from '../../src/policy/schema-definition.js'
import { allOf, anyOf, type Scope, type ScopeValue } from '../../src/policy/scope.js'
import { outsideToWhere, scopeToWhere } from '../../src/policy/scope-to-where.js'
import { testScope } from '../../src/policy/test-scope.js'
import { startService, type TestService } from '../support/service.js'
import { literally } from './literally.js'
import { announce, holdsAsync, patience } from './runs.js'

// What test/property/scope.test.ts says of an evaluator of our own, held against Postgres.

announce('scope-database')

type Row = Readonly<Record<string, unknown>>
type ModelName = 'Post' | 'Project' | 'Employee' | 'Product'

interface Delegate {
  findMany(args?: object): Promise<Row[]>
  count(args?: object): Promise<number>
  createMany(args: object): Promise<unknown>
  update(args: object): Promise<unknown>
}

const models = modelsOf(catalog)
const names = ['ana', 'bo', 'sub-1::ana', 'x::sub-1::ana', 'a%', 'a_b', 'aXb', '\\', '7'] as const
const id = (kind: number, at: number) => `0199aaaa-0000-7000-800${kind}-${String(at).padStart(12, '0')}`
const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)

/** Names in every combination that matters: nobody, one, composites, LIKE's own characters. */
const owners = [null, ...names]
const lists: readonly (readonly string[])[] = [
  [],
  ...names.map((name) => [name]),
  ['ana', 'bo'],
  ['bo', 'a%'],
]
const stored: Readonly<Record<ModelName, readonly Row[]>> = {
  Post: owners.map((owner, at) => ({
    id: id(1, at),
    owner,
    postname: `p${at}`,
    content: at % 2 ? null : 'c',
  })),
  Project: lists.flatMap((list, at) =>
    [[], ['red'], ['red', 'blue']].map((teams, by) => ({
      ...{ id: id(2, at * 3 + by), name: `n${at}`, owners: list, teams },
    })),
  ),
  Employee: [],
  Product: owners.map((owner, at) => ({
    ...{ id: id(4, at), owner, name: `n${at}`, sku: `s${at}`, price: '1', stock: BigInt(at - 3) },
    ...{ rating: at % 3 === 0 ? null : at, tags: lists[at], scores: at % 2 ? [at, 7] : [] },
  })),
}

let service: TestService
const delegate = (of: object, name: string): Delegate =>
  (of as Record<string, Delegate>)[name.charAt(0).toLowerCase() + name.slice(1)] as Delegate
const table = (name: string) => delegate(service.unscoped, name)

beforeAll(async () => {
  service = await startService()
  for (const [name, rows] of Object.entries(stored)) await table(name).createMany({ data: rows })
  // A list column that is NULL, as a table of older days may hold.
  await service.unscoped.$executeRawUnsafe(
    `UPDATE "Project" SET owners = NULL, teams = NULL WHERE id IN ('${id(2, 0)}', '${id(2, 4)}')`,
  )
  await table('Employee').createMany({ data: employees })
})
afterAll(() => service.stop())

/** Rules over the example models, by hand or at random, checked and compiled. */
function compiled(schema: SchemaDefinition) {
  return (name: string) => {
    const found = compilePolicies(models, schema).get(name)
    if (!found) throw new Error(`no policy for ${name}`)
    return found
  }
}

const client = (schema: SchemaDefinition, who: Principal) =>
  claimstake({ prisma: service.unscoped, data: { catalog, schema }, secret: 's'.repeat(32) }).as(who)

const ids = (rows: readonly Row[]) => rows.map((row) => row['id']).sort()

function modelNamed(name: string): Model {
  const found = models.get(name)
  if (!found) throw new Error(`no model ${name}`)
  return found
}

test(
  '(a) Postgres finds the rows that a scope tests true, for columns of every type',
  async () => {
    const compared: Readonly<Record<ModelName, Readonly<Record<string, readonly ScopeValue[]>>>> = {
      Post: { owner: names, content: ['c', ...names] },
      Project: { owners: names, teams: ['red', 'blue', 'ana'] },
      Employee: { owner: names, bio: ['b'] },
      Product: {
        owner: names,
        stock: [0n, -3n, 2n ** 62n],
        rating: [1, 4, 2 ** 31 - 1],
        tags: names,
        scores: [1, 7],
      },
    }
    const nullable: Readonly<Record<ModelName, readonly string[]>> = {
      Post: ['owner', 'content'],
      Project: [], // of a list, Prisma makes no difference between NULL and empty, and no scope asks
      Employee: ['owner', 'bio'],
      Product: ['owner', 'rating'],
    }
    const scopes = (name: ModelName): fc.Arbitrary<Scope> => {
      const columns = Object.keys(compared[name])
      const leaf = fc.oneof(
        fc.constantFrom<Scope>({ kind: 'all' }, { kind: 'none' }),
        oneOf(columns).chain((column) =>
          fc
            .uniqueArray(oneOf(compared[name][column] ?? []), { minLength: 1, maxLength: 3 })
            .map((values): Scope => {
              const { list } = modelNamed(name).columns.get(column) ?? {}
              return { kind: list ? 'has' : 'equals', column, values }
            }),
        ),
        ...(nullable[name].length === 0
          ? []
          : [
              oneOf(nullable[name]).map((column): Scope => ({ kind: 'isNull', column })),
              fc
                .record({ alias: oneOf(['', 'x::', 'x_::', '%']), last: oneOf(names) })
                .map((parts): Scope => ({ kind: 'shows', column: 'owner', ...parts })),
            ]),
      )
      const { scope } = fc.letrec<{ scope: Scope; tree: Scope }>((tie) => ({
        tree: fc
          .tuple(fc.boolean(), fc.array(tie('scope'), { minLength: 1, maxLength: 3 }))
          .map(([any, parts]) => (any ? anyOf(parts) : allOf(parts))),
        scope: fc.oneof({ depthSize: 'small' }, leaf, tie('tree')),
      }))
      return scope
    }
    let found = 0
    await holdsAsync(
      fc.asyncProperty(
        oneOf(['Post', 'Project', 'Employee', 'Product'] as const).chain((name) =>
          fc.record({ name: fc.constant(name), scope: scopes(name) }),
        ),
        async ({ name, scope }) => {
          const rows = await table(name).findMany()
          const expected = rows.filter((row) => testScope(scope, row))
          found += expected.length
          expect(ids(await table(name).findMany({ where: scopeToWhere(scope, 'id') }))).toEqual(ids(expected))
          const others = rows.filter((row) => !expected.includes(row))
          const outside = outsideToWhere(scope, modelNamed(name))
          expect(ids(await table(name).findMany({ where: outside }))).toEqual(ids(others))
        },
      ),
      160,
    )
    expect(found).toBeGreaterThan(20)
  },
  patience,
)

// ---------------------------------------------------------------------------------------------------------------

const employees: readonly Row[] = [null, 'ana', 'bo', 'sub-1::ana'].flatMap((owner, at) =>
  [0, 1, 2].map((by) => ({
    ...{ id: id(3, at * 3 + by), owner, name: ['N', 'n', 'M'][by], bio: by === 0 ? null : 'b' },
    ...{
      salary: by === 2 ? null : String(100 * (at + by)),
      notes: by === 1 ? null : ['x', 'X', 'xy'][at % 3],
    },
  })),
)

const callers: readonly Principal[] = [
  principal({ provider: 'oidc', issuer: 'https://id', claims: { sub: 'ana', groups: ['red'] } }),
  principal({ provider: 'oidc', issuer: 'https://id', claims: { sub: 'bo', groups: ['HR', 'blue'] } }),
  principal({ provider: 'userPools', issuer: 'https://pool', claims: { sub: 'sub-1', username: 'ana' } }),
  principal({ provider: 'oidc', issuer: 'https://id', claims: {} }),
]

const read = { operations: ['read'] } as const
const owner: RuleDefinition = { strategy: 'owner', column: 'owner', list: false }
const everyone: RuleDefinition = { strategy: 'authenticated', ...read }
const hr: RuleDefinition = { strategy: 'group', groups: ['HR'] }
const cognito: RuleDefinition = { ...owner, provider: 'userPools', ...read }
const named: RuleDefinition = { ...owner, claim: 'sub', ...read }
const byBio: RuleDefinition = { strategy: 'group', column: 'notes', list: false, ...read }

const level = (rules: readonly RuleDefinition[]) => fc.subarray([...rules], { minLength: 1, maxLength: 2 })
const schemaArbitrary: fc.Arbitrary<SchemaDefinition> = fc
  .record({
    model: level([owner, everyone, everyone, hr]).map((list) => [...new Set(list)]),
    salary: level([owner, hr, cognito]),
    notes: level([named, hr, byBio]),
    project: level([
      { strategy: 'owner', column: 'owners', list: true },
      { strategy: 'group', column: 'teams', list: true, ...read },
      hr,
    ]),
    title: fc.boolean(),
  })
  .map(({ model, salary, notes, project, title }) => ({
    models: {
      Employee: { rules: model, fields: { salary: { rules: salary }, notes: { rules: notes } }, options: {} },
      Project: { rules: project, fields: title ? { name: { rules: [everyone] } } : {}, options: {} },
    },
  }))

test(
  '(a) the scoped client answers with the rows and fields that the decision tests true',
  async () => {
    let shown = 0
    await holdsAsync(
      fc.asyncProperty(
        schemaArbitrary,
        oneOf(callers),
        oneOf(['Employee', 'Project'] as const),
        async (schema, who, name) => {
          const decision = decide(compiled(schema)(name), who, 'list')
          const mine = delegate(client(schema, who), name)
          if (!decision.allowed) {
            await expect(mine.findMany()).rejects.toMatchObject({ code: 'FORBIDDEN_OPERATION' })
            return
          }
          const rows = (await table(name).findMany()).filter((row) => testScope(decision.scope, row))
          const expected = rows.map((row) => visibleOf(decision, row))
          shown += expected.length
          const order = { orderBy: { id: 'asc' } }
          expect(await mine.findMany(order)).toEqual(expected.sort(byId))
          expect(await mine.count()).toBe(expected.length)
        },
      ),
      100,
    )
    expect(shown).toBeGreaterThan(20)
  },
  patience,
)

const byId = (left: Row, right: Row) => (String(left['id']) < String(right['id']) ? -1 : 1)

function visibleOf(decision: Allowed, row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([field]) => field === 'id' || testScope(fieldScope(decision, field), row)),
  )
}

// ---------------------------------------------------------------------------------------------------------------

/**
 * Tests of one value. `blank` adds those that tell NULL from a value: on a twin whose hidden values are NULL they
 * mean something else than a leaf that is false.
 */
function testsOf(values: readonly unknown[], blank: boolean): fc.Arbitrary<unknown> {
  const value = oneOf(values)
  const several = fc.uniqueArray(value, { minLength: 1, maxLength: 2 })
  const certain = [
    value,
    fc.record({ equals: value }),
    fc.record({ not: value }),
    fc.record({ not: fc.record({ in: several }) }),
    fc.record({ in: several }),
    fc.record({ notIn: several }),
    fc.record({ gte: value, lt: value }),
    fc.record({ not: fc.record({ lte: value }) }),
  ]
  const unsure = [
    fc.constant(null),
    fc.constant({ not: null }),
    fc.constant({ in: [] }),
    fc.constant({ notIn: [] }),
  ]
  return fc.oneof(...certain, ...(blank ? unsure : []))
}

function wheres(blank: boolean): fc.Arbitrary<Row> {
  const leaf = fc.oneof(
    testsOf(['100', '200', '300'], blank).map((test) => ({ salary: test })),
    testsOf(['x', 'X', 'xy'], blank).map((test) => ({ notes: test })),
    oneOf(['x', 'X', '%']).map((text) => ({ notes: { contains: text, mode: 'insensitive' } })),
    testsOf(['n', 'N', 'M'], true)
      .filter(isRequired)
      .map((test) => ({ name: test })),
    testsOf(['b'], true).map((test) => ({ bio: test })),
    testsOf(['ana', 'bo'], true).map((test) => ({ owner: test })),
  )
  const { where } = fc.letrec<{ where: Row; tree: Row }>((tie) => {
    const branches = fc.array(tie('where'), { minLength: blank ? 0 : 1, maxLength: 3 })
    return {
      tree: fc.oneof(
        branches.map((list) => ({ AND: list })),
        branches.map((list) => ({ OR: list })),
        branches.map((list) => ({ NOT: list })),
        tie('where').map((one) => ({ NOT: one })),
        fc.tuple(leaf, tie('where')).map(([one, other]) => ({ ...one, NOT: other })),
        fc.tuple(leaf, leaf).map(([one, other]) => ({ NOT: { ...one, ...other } })),
      ),
      where: fc.oneof({ depthSize: 'small' }, leaf, tie('tree')),
    }
  })
  return where
}

/** Prisma takes no null for a column that has none. */
const isRequired = (test: unknown) => test !== null && JSON.stringify(test) !== '{"not":null}'

/** The rows a caller's list finds, or nothing where the `where` names a field he can never read. */
async function found(
  schema: SchemaDefinition,
  who: Principal,
  where: Row,
): Promise<readonly unknown[] | undefined> {
  try {
    return ids(await delegate(client(schema, who), 'Employee').findMany({ where }))
  } catch (error) {
    if ((error as { code?: string }).code === 'UNSUPPORTED_ARGUMENT') return undefined
    throw error
  }
}

test(
  '(d) a where over hidden values finds what it finds in a table that has NULL in their place',
  async () => {
    const hidden = ['salary', 'notes']
    let hits = 0
    let blanks = 0
    await holdsAsync(
      fc.asyncProperty(schemaArbitrary, oneOf(callers), wheres(false), async (schema, who, where) => {
        const decision = decide(compiled(schema)('Employee'), who, 'list')
        fc.pre(decision.allowed)
        const result = await found(schema, who, where)
        fc.pre(result !== undefined)
        const rows = (await table('Employee').findMany()).filter((row) => testScope(decision.scope, row))
        // Rows that only a field's rule opens: their required name could not be blank on a twin.
        fc.pre(rows.every((row) => testScope(decision.modelScope, row)))
        const twins = rows.map((row) => {
          const seen = (field: string) => testScope(fieldScope(decision, field), row)
          return {
            ...row,
            ...Object.fromEntries(hidden.filter((field) => !seen(field)).map((field) => [field, null])),
          }
        })
        blanks += twins.filter((twin, at) => twin['salary'] !== rows[at]?.['salary']).length
        const expected = await inTableOf(twins, where)
        hits += expected.length
        expect(result).toEqual(expected)
      }),
      150,
    )
    expect(hits).toBeGreaterThan(20)
    expect(blanks).toBeGreaterThan(20)
  },
  patience,
)

/** The ids that a bare `where` finds among these rows and no others; the table is as before afterwards. */
async function inTableOf(rows: readonly Row[], where: Row): Promise<readonly unknown[]> {
  const undo = new Error('undo')
  let result: readonly unknown[] = []
  await service.unscoped
    .$transaction(async (tx) => {
      await tx.employee.deleteMany()
      await delegate(tx, 'Employee').createMany({ data: rows })
      result = ids(await delegate(tx, 'Employee').findMany({ where: literally(where) }))
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return result
}

test(
  '(d) changing a hidden value changes no answer',
  async () => {
    let flips = 0
    await holdsAsync(
      fc.asyncProperty(
        ...([schemaArbitrary, oneOf(callers), wheres(true), fc.nat(employees.length - 1)] as const),
        fc.oneof(
          fc.record({ salary: oneOf([null, '100', '200', '250']) }),
          fc.record({ notes: oneOf([null, 'x', 'X', 'z']) }),
        ),
        async (schema, who, where, at, change) => {
          const decision = decide(compiled(schema)('Employee'), who, 'list')
          const [row] = (await table('Employee').findMany({ where: { id: employees[at]?.['id'] } })) as [Row]
          const [field = ''] = Object.keys(change)
          fc.pre(decision.allowed && !testScope(fieldScope(decision, field), row))
          // A rule column decides who sees the row: it is not hidden by being looked at.
          fc.pre(!isRuleColumn(schema, field))
          const before = await found(schema, who, where)
          fc.pre(before !== undefined)
          flips++
          await table('Employee').update({ where: { id: row['id'] }, data: change })
          const after = await found(schema, who, where)
          await table('Employee').update({ where: { id: row['id'] }, data: { [field]: row[field] } })
          expect(after).toEqual(before)
        },
      ),
      120,
    )
    expect(flips).toBeGreaterThan(20)
  },
  patience,
)

function isRuleColumn(schema: SchemaDefinition, field: string): boolean {
  const { fields = {} } = schema.models['Employee'] ?? {}
  return Object.values(fields).some(({ rules = [] }) => rules.some((rule) => rule.column === field))
}
