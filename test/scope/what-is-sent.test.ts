import { modelsOf } from '../../src/catalog/model.js'
import { principal } from '../../src/claims/principal.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import { escapeLike } from '../../src/policy/scope-to-where.js'
import { planCallOf } from '../../src/scope/plan-call.js'
import { questions, texts } from '../security/pattern-questions.js'
import { rules } from '../security/relations-attack.js'
import { callerOf } from '../support/caller-of.js'
import { a } from '../support/relations/generated/claimstake.js'
import { catalog } from '../support/relations/generated/catalog.js'

// R85 to R87, of the statements themselves: no database is asked. What is sent is made of what was checked; nothing of
// what was given is in it but values.

const data = rules({ Member: a.model().authorization((allow) => allow.authenticated()) })
const models = modelsOf(catalog)
const caller = {
  ...callerOf(principal({ provider: 'oidc', issuer: 'x', claims: { sub: 'ana' } })),
  ...{ models, policies: compilePolicies(models, data.schema) },
}

/** The arguments of the statement that a call becomes; nothing of one that takes several. */
function sent({ model, method, args }: { model: string; method: string; args: object }): object | undefined {
  const [found] = [...models.values()].filter(({ delegate }) => delegate === model)
  const plan = found && planCallOf(method)?.(caller, found, args)
  return plan && 'args' in plan ? plan.args : undefined
}

const likes: readonly string[] = ['contains', 'startsWith', 'endsWith']

/** Every text that is compared with the field `secret`, and whether as a pattern. */
function compared(value: unknown, isLoose = false, operator = ''): [text: string, isPattern: boolean][] {
  if (typeof value === 'string')
    return operator === 'mode' || value === 'x' ? [] : [[value, isPattern(operator, isLoose)]]
  if (Array.isArray(value)) return value.flatMap((item) => compared(item, isLoose, operator))
  if (typeof value !== 'object' || value === null) return []
  const loose = isLoose || ('mode' in value && value.mode === 'insensitive')
  return Object.entries(value).flatMap(([key, inside]) => compared(inside, loose, key))
}

function isPattern(operator: string, isLoose: boolean): boolean {
  return likes.includes(operator) || (isLoose && ['equals', 'not'].includes(operator))
}

/** What stands under the field `secret`, wherever that is. */
function secrets(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => secrets(item))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]: [string, unknown]) =>
    key === 'secret' ? [inside] : secrets(inside),
  )
}

test('R85, R86 a text to look for means itself, with every operator, mode, nesting and place', () => {
  // A run alone looks at every fifth, which meets every two of these; with PROPERTY_RUNS, at all.
  const stride = process.env['PROPERTY_RUNS'] === undefined ? 5 : 1
  const asked = questions(true).filter((_, at) => at % stride === 0)
  let patterns = 0
  const wrong = asked.filter((question) => {
    const args = sent(question)
    const found = args && compared(secrets(args))
    patterns += found?.filter(([, isOne]) => isOne).length ?? 0
    return found?.some(([text, isOne]) => text !== (isOne ? escapeLike(question.text) : question.text))
  })
  process.stdout.write(`what-is-sent: ${String(asked.length)} questions, ${String(patterns)} patterns\n`)
  expect(wrong.slice(0, 3)).toEqual([])
  expect(asked.length).toBeGreaterThan(25_000)
  expect(patterns).toBeGreaterThan(7_000)
  expect(texts.every((text) => text !== escapeLike(text))).toBe(true)
})

const where = {
  AND: [{ secret: { in: ['a'], not: { startsWith: 'b' } } }, { NOT: { score: { gt: 1 } } }],
  reports: { some: { name: 'x' }, every: { OR: [{ email: null }] } },
  manager: { is: { name: { contains: 'x', mode: 'insensitive' } } },
}
const arranged = {
  where,
  ...{ orderBy: [{ name: 'asc' }, { score: { sort: 'desc', nulls: 'last' } }], cursor: { id: 1 } },
  ...{ take: 1, skip: 1 },
}
const computed = { _count: { _all: true, name: true }, _max: { score: true }, _sum: { score: true } }
const having = {
  AND: [{ name: { not: 'x' } }],
  score: { gt: 1, _avg: { gt: 1 } },
  NOT: { name: { in: ['y'] } },
}
const shown = {
  select: {
    id: true,
    reports: { ...arranged, select: { id: true }, distinct: ['name'] },
    profile: { where: { bio: { not: 'x' } }, omit: { bio: true } },
    _count: { select: { friends: { where: { name: 'x' } } } },
  },
}
const data1 = { name: 'x', watchers: { set: ['a'] }, secret: null }

test.each<[string, string, object]>([
  ['findMany', 'member', { ...arranged, distinct: ['name', 'score'], ...shown }],
  ['findMany', 'member', { include: { reports: true, manager: { include: { reports: arranged } } } }],
  [
    'findUnique',
    'labelling',
    { where: { articleId_labelId: { articleId: 1, labelId: 2 }, weight: { gt: 1 } } },
  ],
  ['findFirst', 'article', { orderBy: { author: { name: 'asc' } } }],
  ['count', 'member', { ...arranged, select: { _all: true, name: true } }],
  ['aggregate', 'member', { ...arranged, ...computed }],
  [
    'groupBy',
    'member',
    { where, by: ['name', 'score'], having, ...computed, orderBy: { _count: { name: 'asc' } } },
  ],
  ['create', 'member', { data: data1, select: { id: true } }],
  ['createMany', 'member', { data: [data1], skipDuplicates: true }],
  ['update', 'member', { where: { id: 1, ...where }, data: { score: { increment: 1 } } }],
  ['updateMany', 'member', { where, data: data1 }],
  ['delete', 'member', { where: { email: 'x', AND: [where] }, omit: { name: true } }],
  ['deleteMany', 'member', { where }],
])('R87 no object that %s of a %s is given goes on to Prisma', (method, model, args) => {
  const given = new Set(objectsIn(args))
  const found = sent({ method, model, args })
  expect(found).toBeDefined()
  expect(objectsIn(found).filter((each) => given.has(each))).toEqual([])
})

/** Every object and list, but lists of values. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) && inside.length === 0 ? [] : [value, ...inside]
}

test.each<[string, string, object]>([
  ['a flag that is none', 'aggregate', { _max: { name: { secret: true } } }],
  ['a count that is none', 'count', { select: { name: { secret: true } } }],
  ['an order that is none', 'findMany', { orderBy: { name: { secret: 'asc' } } }],
  ['a direction that is none', 'findMany', { orderBy: { name: 'up' } }],
  ['a place of NULL that is none', 'findMany', { orderBy: { name: { sort: 'asc', nulls: 'x' } } }],
  ['more than a count of related rows', 'findMany', { orderBy: { reports: { _count: 'asc', name: 'asc' } } }],
  ['a mode that is none', 'findMany', { where: { name: { equals: 'x', mode: 'x' } } }],
  ['a mode within not', 'findMany', { where: { name: { not: { equals: 'x', mode: 'insensitive' } } } }],
  [
    'a mode of what is computed',
    'groupBy',
    { by: ['name'], having: { name: { _max: { equals: 'x', mode: 'x' } } } },
  ],
  ['a list in having', 'groupBy', { by: ['name'], having: { watchers: { has: 'x' } } }],
])('%s is refused', (_, method, args) => {
  expect(() => sent({ method, model: 'member', args })).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_ARGUMENT' }) as Error,
  )
})
