import { a } from '../support/relations/generated/claimstake.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { call, clientOf, rules, told } from './relations-attack.js'

// Reads through the scoped client (SECURITY R06, R19, R21 to R23): a relation that refers to a column tells its value,
// so where that column is hidden nothing leads over it.

let service: RelationsService
beforeAll(async () => {
  service = await startRelationsService()
  const { member, badge } = service.unscoped
  await member.create({ data: { id: 1, owner: 'ana', email: 'ana@x' } })
  await member.create({ data: { id: 2, owner: 'bo', email: 'bo@x' } })
  await badge.create({ data: { id: 1, owner: 'ana', memberEmail: 'bo@x' } })
  await badge.create({ data: { id: 2, owner: 'ana', memberEmail: 'ana@x' } })
})
afterAll(() => service.stop())

const hiding = rules({
  Member: a
    .model({ email: a.field().authorization((allow) => allow.owner()) })
    .authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])]),
})
const id = { select: { id: true }, orderBy: { id: 'asc' } }
const reads: readonly (readonly [
  title: string,
  model: string,
  args: object,
  hers: unknown,
  bare: unknown,
])[] = [
  [
    'R22 include',
    'badge',
    { ...id, select: { member: { select: id.select } } },
    [{ member: null }, { member: { id: 1 } }],
    [{ member: { id: 2 } }, { member: { id: 1 } }],
  ],
  [
    'R21 include',
    'member',
    { orderBy: id.orderBy, select: { badges: id } },
    [{ badges: [{ id: 2 }] }, { badges: [] }],
    [{ badges: [{ id: 2 }] }, { badges: [{ id: 1 }] }],
  ],
  [
    'R23 _count',
    'member',
    { orderBy: id.orderBy, select: { _count: true } },
    [{ _count: { badges: 1 } }, { _count: { badges: 0 } }],
    [{ _count: { badges: 1 } }, { _count: { badges: 1 } }],
  ],
  ['R15 some', 'member', { ...id, where: { badges: { some: {} } } }, [{ id: 1 }], [{ id: 1 }, { id: 2 }]],
  ['R15 none', 'member', { ...id, where: { badges: { none: { id: 2 } } } }, [], [{ id: 2 }]],
  ['R15 is', 'badge', { ...id, where: { member: { id: 2 } } }, [], [{ id: 1 }]],
  ['R06 unique key', 'member', { ...id, where: { email: 'bo@x' } }, [], [{ id: 2 }]],
]

test.each(reads)('%s over a hidden column leads nowhere', async (_, model, args, hers) => {
  expect(await call(clientOf(service, hiding, 'ana'), model, 'findMany', args)).toMatchObject(hers as object)
})

test.each(reads)('%s over it leads there on the unscoped client', async (_, model, args, __, bare) => {
  expect(await call(service.unscoped, model, 'findMany', args)).toMatchObject(bare as object)
})

test('R06 findUnique by a hidden unique column answers as for a missing value', async () => {
  const by = (email: string) =>
    told(() => clientOf(service, hiding, 'ana').member.findUnique({ where: { email } }))
  expect(await by('bo@x')).toEqual({ result: null })
  expect(await by('bo@x')).toEqual(await by('nobody@x'))
})
