/** A call that a caller might make. */
export interface Question {
  /** Where in it the condition stands. */
  readonly place: string
  readonly model: string
  readonly method: string
  readonly args: object
  /** The text that it looks for. */
  readonly text: string
}

type Where = Readonly<Record<string, unknown>>

/** Texts with what LIKE knows at their ends. A pattern that ends within an escape fails on what matches so far. */
export const texts: readonly string[] = [
  ...['merger with acme\\', '\\merger', 'merger%', '%merger', 'merger_', '_merger'],
  ...['\\', '\\\\', '%\\', '_\\', '\\%', '\\_'],
]

type Test = (text: string) => object
const operators: readonly Test[] = [
  ...['equals', 'not', 'lt', 'lte', 'gt', 'gte', 'contains', 'startsWith', 'endsWith'].map(
    (operator): Test =>
      (text) => ({ [operator]: text }),
  ),
  ...['in', 'notIn'].map((operator): Test => (text) => ({ [operator]: [text, 'x'] })),
]
const tests: readonly Test[] = [
  ...operators,
  ...operators.map((test): Test => (text) => ({ not: test(text) })),
  ...operators.map((test): Test => (text) => ({ not: { not: test(text) } })),
]
const modes: readonly object[] = [{ mode: 'insensitive' }, {}, { mode: 'default' }]

const select = { id: true }
const orderBy = { id: 'asc' }

type Put = (where: Where, among?: Where) => Omit<Question, 'place' | 'text'>
const ask =
  (method: string, args: (where: Where) => object, model = 'member'): Put =>
  (where, among) => ({ model, method, args: args(among ? { AND: [among, where] } : where) })
const list = (args: (where: Where) => object, model?: string): Put =>
  ask('findMany', (where) => ({ where: args(where), select, orderBy }), model)

/** Every place that a condition on a member can stand in. Member 1 is the caller's, member 2 is not. */
const places: Readonly<Record<string, Put>> = {
  where: list((where) => where),
  'where beside another': list((where) => ({ AND: [{ id: 2 }, where] })),
  is: list((is) => ({ manager: { is } })),
  isNot: list((isNot) => ({ manager: { isNot } })),
  'is on the other side': list((is) => ({ mentee: { is } })),
  some: list((some) => ({ reports: { some } })),
  none: list((none) => ({ reports: { none } })),
  every: list((every) => ({ reports: { every } })),
  'some of many to many': list((some) => ({ friendOf: { some } })),
  'is of another model': list((is) => ({ author: { is } }), 'article'),
  'two hops away': list((author) => ({ articles: { some: { author } } }), 'tag'),
  findFirst: ask('findFirst', (where) => ({ where, select, orderBy })),
  findUnique: ask('findUnique', (where) => ({ where: { id: 2, AND: [where] }, select })),
  count: ask('count', (where) => ({ where })),
  aggregate: ask('aggregate', (where) => ({ where, _count: true, _max: { name: true } })),
  'groupBy where': ask('groupBy', (where) => ({ where, by: ['name'], orderBy: { name: 'asc' } })),
  having: (having, among = {}) => ({
    ...{ model: 'member', method: 'groupBy' },
    args: { where: among, having, by: ['id', 'secret', 'name'], orderBy },
  }),
  'select of many': ask('findMany', (where) => ({
    select: { reports: { where, select, orderBy } },
    orderBy,
  })),
  'include of one': ask(
    'findMany',
    (where) => ({ include: { editor: { where, select } }, orderBy }),
    'article',
  ),
  _count: ask('findMany', (where) => ({ select: { _count: { select: { reports: { where } } } }, orderBy })),
  update: ask('update', (where) => ({ where: { id: 2, AND: [where] }, data: {}, select })),
  updateMany: ask('updateMany', (where) => ({ where, data: {} })),
  delete: ask('delete', (where) => ({ where: { id: 2, AND: [where] }, select })),
  deleteMany: ask('deleteMany', (where) => ({ where: { AND: [where, { id: 2 }] } })),
  upsert: ask('upsert', (where) => ({
    where: { id: 1, reports: { some: where } },
    ...{ create: { id: 1 }, update: {}, select },
  })),
  'nested updateMany': ask('update', (where) => ({
    ...{ where: { id: 1 }, data: { reports: { updateMany: { where, data: {} } } }, select },
  })),
  'nested deleteMany': ask('update', (where) => ({
    ...{ where: { id: 1 }, data: { reports: { deleteMany: { AND: [where, { id: 2 }] } } }, select },
  })),
}

const wraps: readonly ((where: Where) => Where)[] = [
  (where) => where,
  (where) => ({ NOT: where }),
  (where) => ({ NOT: { OR: [{ NOT: where }, { name: 'x' }] } }),
  (where) => ({ OR: [{ AND: [where, { NOT: { name: 'x' } }] }, { name: 'x' }] }),
]

/**
 * Questions that look for a text in the field `secret`, with every operator in every place.
 *
 * @param all every mode, wrap and text with each of these; otherwise each operator in each place comes with one of
 *   them, in turn
 * @param among a condition beside each: a scope written by hand
 */
export function questions(all: boolean, among?: Where): Question[] {
  const asked: Question[] = []
  let turn = 0
  for (const [place, put] of Object.entries(places)) {
    for (const test of tests) {
      const forms = modes.flatMap((mode) => wraps.map((wrap) => ({ mode, wrap })))
      // Every second text is the one that has failed most often.
      const ofTurn = texts.slice(turn % 2 === 0 ? 0 : turn % texts.length)
      for (const { mode, wrap } of all ? forms : forms.slice(turn % forms.length).slice(0, 1)) {
        for (const text of all ? texts : ofTurn.slice(0, 1))
          asked.push({ place, text, ...put(wrap({ secret: { ...test(text), ...mode } }), among) })
      }
      turn += 1
    }
  }
  return asked
}
