import { a } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { call, clientOf, rules, told } from './relations-attack.js'

// Bisection (SECURITY T1, T2, R13 to R25): worlds that differ in nothing but what is hidden from Ana answer all she
// can ask alike. Member 2 is the row with the secrets; each operator is tried on each of its fields, in each place a
// condition can stand, for rows whose owner is Bo or NULL and whose list of watchers is empty or NULL.

/** How many questions are asked at a time. */
const lanes = 4

let service: RelationsService
beforeAll(async () => {
  service = await startRelationsService()
  const { member, article, badge, tag } = service.unscoped
  const ana = { owner: 'ana', watchers: ['ana'] }
  await member.create({ data: { id: 1, ...ana, name: 'Ana', secret: 'm', score: 5, email: 'ana@x' } })
  await member.create({
    data: {
      id: 2,
      name: 'Bo',
      mentorId: 1,
      friends: { connect: { id: 1 } },
      friendOf: { connect: { id: 1 } },
    },
  })
  await member.create({
    data: { id: 3, ...ana, name: 'Cy', secret: 'b', score: 2, managerId: 2, mentorId: 2 },
  })
  await member.create({ data: { id: 4, ...ana, name: 'Di', secret: 'y', score: 9, managerId: 1 } })
  await tag.create({ data: { id: 1, owner: 'ana' } })
  const tags = { connect: { id: 1 } }
  await article.create({ data: { id: 1, owner: 'ana', authorId: 2, editorId: 2, tags } })
  await article.create({ data: { id: 2, owner: 'ana', authorId: 1, tags } })
  await badge.create({ data: { id: 1, owner: 'ana' } })
  // Opening connections may take longer than a question waits for one: they are opened here.
  for (let isOpen = false; !isOpen;) {
    const asked = await Promise.allSettled(Array.from({ length: lanes }, () => member.count()))
    isOpen = asked.every(({ status }) => status === 'fulfilled')
  }
})
afterAll(() => service.stop())

const hers = () => a.model().authorization((allow) => [allow.owner(), allow.ownersDefinedIn('watchers')])
const ownerOnly = () => a.field().authorization((allow) => [allow.owner(), allow.ownersDefinedIn('watchers')])
const bossOnly = () => a.field().authorization((allow) => allow.group('Boss'))
const fields = { secret: ownerOnly(), score: ownerOnly(), managerId: ownerOnly(), email: ownerOnly() }
const nobodys = { secret: bossOnly(), score: bossOnly(), managerId: bossOnly(), email: bossOnly() }

const ruleSets = {
  'the row is hidden': rules({ Member: hers() }),
  'the field is hidden on some rows': rules({
    Member: a.model(fields).authorization((allow) => allow.authenticated().to(['read'])),
  }),
  'the field is hidden on every row': rules({
    Member: a.model(nobodys).authorization((allow) => allow.authenticated().to(['read'])),
  }),
}

const owners = [
  { owner: "'bo'", watchers: `'{}'` },
  { owner: 'NULL', watchers: 'NULL' },
]

/** What each hidden column may hold, as SQL; Ana's questions must not tell which. */
const worlds: Readonly<Record<string, readonly string[]>> = {
  secret: ['NULL', `'a'`, `'mz'`],
  score: ['NULL', '1', '7'],
  email: ['NULL', `'bo@x'`, `'a%'`],
  manager_id: ['NULL', '1', '4'],
}

const texts: readonly unknown[] = [
  null,
  'a',
  { not: null },
  { not: 'a' },
  { in: ['a', 'bo@x'] },
  { notIn: ['a', 'bo@x'] },
  { lt: 'b' },
  { gte: 'b' },
  { contains: 'a' },
  { contains: '%' },
  { startsWith: 'm' },
  { endsWith: 'x' },
  { endsWith: 'm\\' },
  { endsWith: 'a\\', mode: 'insensitive' },
  { equals: 'A', mode: 'insensitive' },
  { not: { startsWith: 'a' } },
]
const numbers: readonly unknown[] = [
  null,
  1,
  { not: null },
  { not: 1 },
  { in: [1, 7] },
  { notIn: [1] },
  { lt: 3 },
  { gte: 3 },
  { not: { gt: 3 } },
]
const parents: readonly unknown[] = [
  null,
  { is: null },
  { isNot: null },
  { name: 'Ana' },
  { isNot: { name: 'Ana' } },
  {},
]

/** Conditions on a member about one of the hidden columns. */
function conditions(column: string): object[] {
  if (column === 'manager_id') {
    return [...numbers.map((test) => ({ managerId: test })), ...parents.map((manager) => ({ manager }))]
  }
  return (column === 'score' ? numbers : texts).map((test) => ({ [column]: test }))
}

type Where = object
/** Places for a condition on a member: the model that is asked, and what is asked of it. */
const places: readonly (readonly [model: string, place: (member: Where) => Where])[] = [
  ['member', (member) => member],
  ['member', (member) => ({ id: 2, ...member })],
  ['member', (member) => ({ OR: [{ AND: [member, { NOT: { name: 'x' } }] }, { id: -1 }] })],
  ['member', (manager) => ({ manager })],
  ['member', (isNot) => ({ manager: { isNot } })],
  ['member', (some) => ({ reports: { some } })],
  ['member', (none) => ({ reports: { none } })],
  ['member', (every) => ({ reports: { every } })],
  ['member', (some) => ({ friends: { some } })],
  ['member', (every) => ({ friendOf: { every } })],
  ['member', (mentee) => ({ mentee })],
  ['member', (isNot) => ({ mentee: { isNot } })],
  ['article', (author) => ({ author })],
  ['article', (isNot) => ({ editor: { isNot } })],
  ['tag', (author) => ({ articles: { some: { author } } })],
  ['tag', (author) => ({ articles: { every: { author } } })],
  ['article', (none) => ({ author: { reports: { none } } })],
]
const wraps: readonly ((where: Where) => Where)[] = [
  (where) => where,
  (where) => ({ NOT: where }),
  (where) => ({ NOT: { OR: [{ NOT: where }, { id: -1 }] } }),
]

interface Question {
  readonly model: string
  readonly method: string
  readonly args: object
}

const id = { select: { id: true }, orderBy: { id: 'asc' } }

/** A run alone asks every fifth, which meets every operator, place and wrap; with PROPERTY_RUNS, all are asked. */
const stride = process.env['PROPERTY_RUNS'] === undefined ? 5 : 1

function searches(column: string): Question[] {
  const all = conditions(column).flatMap((test) =>
    places.flatMap(([model, place]) =>
      wraps.map((wrap) => ({ model, method: 'findMany', args: { where: wrap(place(test)), ...id } })),
    ),
  )
  return all.filter((_, at) => at % stride === 0)
}

/** Everything that may tell a value and is not a condition, and conditions in every other place. */
function others(column: string): Question[] {
  const field = column === 'manager_id' ? 'managerId' : column
  const [test = {}] = conditions(column).slice(1)
  const ask = (method: string, args: object, model = 'member') => ({ model, method, args })
  const numeric = field !== 'secret' && field !== 'email'
  return [
    ...['asc', 'desc', { sort: 'asc', nulls: 'last' }].flatMap((direction) => [
      ask('findMany', { select: { id: true }, orderBy: { [field]: direction } }),
      ask('findMany', {
        select: { id: true },
        orderBy: [{ [field]: direction }, { id: 'asc' }],
        cursor: { id: 2 },
        take: 1,
      }),
      ask(
        'findMany',
        { select: { id: true }, orderBy: [{ author: { [field]: direction } }, { id: 'asc' }] },
        'article',
      ),
      ask('findMany', { select: { reports: { ...id, orderBy: { [field]: direction } } }, where: { id: 1 } }),
      ask('findFirst', { orderBy: { [field]: direction }, select: { id: true } }),
    ]),
    ask('findMany', { select: { id: true }, orderBy: [{ manager: { name: 'asc' } }, { id: 'asc' }] }),
    ask('findMany', { select: { id: true }, orderBy: [{ reports: { _count: 'asc' } }, { id: 'asc' }] }),
    ask('findMany', { ...id, distinct: [field] }),
    ask('findMany', { ...id, cursor: { id: 2 } }),
    ask('findMany', { ...id, cursor: { email: 'bo@x' } }),
    ask('findMany', { orderBy: { id: 'asc' } }),
    ask('findMany', {
      orderBy: { id: 'asc' },
      include: { manager: true, reports: id, mentee: true, friends: id },
    }),
    ask('findMany', { orderBy: { id: 'asc' }, select: { [field]: true, _count: true } }),
    ask('findMany', { orderBy: { id: 'asc' }, select: { _count: { select: { reports: { where: test } } } } }),
    ask('findMany', { ...id, include: undefined, select: { reports: { where: test, ...id } } }),
    ask(
      'findMany',
      { orderBy: { id: 'asc' }, include: { author: true, editor: { include: { manager: true } } } },
      'article',
    ),
    ask('findMany', { orderBy: { id: 'asc' }, include: { editor: { where: test } } }, 'article'),
    ask('findUnique', { where: { id: 2 } }),
    ask('findUnique', { where: { id: 2, ...test } }),
    ask('findUnique', { where: { email: 'bo@x' } }),
    ask('findUnique', { where: { id: 1, reports: { some: test } } }),
    ask('count', { where: test }),
    ask('count', { select: { [field]: true } }),
    ask('aggregate', { _count: { [field]: true }, _min: { [field]: true }, _max: { [field]: true } }),
    ...(numeric ? [ask('aggregate', { _sum: { [field]: true }, _avg: { [field]: true } })] : []),
    ask('groupBy', { by: [field], orderBy: { [field]: 'asc' } }),
    ask('groupBy', { by: ['id'], having: { [field]: { not: null } }, orderBy: { id: 'asc' } }),
    ask('groupBy', { by: ['id'], having: { [field]: { _count: { gt: 0 } } }, orderBy: { id: 'asc' } }),
    ask('groupBy', { by: ['name'], where: test, orderBy: { _count: { [field]: 'asc' } } }),
    ask('update', { where: { id: 2, ...test }, data: {} }),
    ask('update', { where: { id: 1, reports: { some: test } }, data: {}, select: { id: true } }),
    ask('updateMany', { where: test, data: {} }),
    ask('deleteMany', { where: { AND: [test, { id: 2 }] } }),
    ask('delete', { where: { id: 2, ...test } }),
  ]
}

/** Asks everything in the world as it is, several at a time. */
async function answers(client: object, questions: readonly Question[]): Promise<string[]> {
  const heard: string[] = new Array<string>(questions.length)
  const asking = async (first: number) => {
    for (let at = first; at < questions.length; at += lanes) {
      const question = questions[at]
      if (!question) continue
      heard[at] = JSON.stringify(
        await told(() => call(client, question.model, question.method, question.args)),
      )
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => asking(lane)))
  return heard
}

const setWorld = (values: Readonly<Record<string, string>>) => {
  const changes = Object.entries(values).map(([name, value]) => `"${name}" = ${value}`)
  return service.unscoped.$executeRawUnsafe(`UPDATE members SET ${changes.join(', ')} WHERE id = 2`)
}

/** The questions whose answer is not the same in every world, and how many there were. */
async function telling(
  client: object,
  column: string,
  owner: (typeof owners)[number],
  asked: readonly Question[],
) {
  const heard: string[][] = []
  for (const value of worlds[column] ?? []) {
    await setWorld({
      secret: 'NULL',
      score: 'NULL',
      email: 'NULL',
      manager_id: 'NULL',
      ...owner,
      [column]: value,
    })
    heard.push(await answers(client, asked))
  }
  const isSame = (at: number) => heard.every((world) => world[at] === heard[0]?.[at])
  return asked.flatMap((question, at) =>
    isSame(at) ? [] : [{ ...question, answers: heard.map((world) => world[at]) }],
  )
}

const cases = Object.keys(worlds).flatMap((column) =>
  owners.map((owner) => ({ column, owner, by: owner.owner })),
)
let asked = 0

describe.each(Object.entries(ruleSets))('where %s', (_, data) => {
  test.each(cases)(
    'nothing tells $column of a row whose owner is $by',
    async ({ column, owner }) => {
      const questions = [...searches(column), ...others(column)]
      asked += questions.length
      expect(await telling(clientOf(service, data, 'ana'), column, owner, questions)).toEqual([])
    },
    120_000,
  )
})

test.each(cases)(
  'the unscoped client tells $column of a row whose owner is $by, in every place',
  async ({ column, owner }) => {
    const questions = [...searches(column), ...others(column)].filter(
      ({ method }) => !/delete|update/u.test(method),
    )
    const found = await telling(service.unscoped, column, owner, questions)
    const places = new Set(found.map(({ model, method }) => `${model}.${method}`))
    expect([...places].sort()).toEqual(
      expect.arrayContaining([
        'article.findMany',
        'member.aggregate',
        'member.count',
        'member.findMany',
        'member.findUnique',
        'member.groupBy',
        'tag.findMany',
      ]),
    )
    expect(found.length).toBeGreaterThan(questions.length / 5)
  },
  120_000,
)

test('enough was asked', () => {
  process.stdout.write(`client-bisection: ${String(asked)} questions, each in every world\n`)
  expect(asked).toBeGreaterThan(stride === 1 ? 15_000 : 3_000)
})
