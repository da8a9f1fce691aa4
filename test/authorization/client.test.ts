import { authenticator } from '../../src/identity/authenticator.js'
import { ClaimstakeError } from '../../src/errors.js'
import { createTestIssuer } from '../../src/testing.js'
import { startRulesService, type RulesService } from '../support/rules/rules-service.js'
import { principalOf, u3, user } from './callers.js'
import { rowId, titleOf, type Case, type Row } from './case.js'
import { cases, unsorted } from './cases.js'
import { AdminOrRead, byGroups } from './rule-sets.js'
import { expectOutcome, type Outcome } from './outcome.js'
import { allRows, expectStored, store, tableOf } from './stored-rows.js'

// RULES section 8 through the scoped client, on Postgres.

let service: RulesService
beforeAll(async () => {
  service = await startRulesService(authenticator({ issuers: [createTestIssuer().settings] }))
})
afterAll(() => service.stop())

test.each(cases.map((one, at) => [titleOf(one, at), one] as const))('%s', async (_, one) => {
  const before = await store(service.unscoped, one)
  const outcome = await perform(one).catch(refusalOf)
  expectOutcome(one, outcome)
  expectStored(one, before, await allRows(service.unscoped, one))
})

test('F7: a condition on every salary finds own rows only', async () => {
  await store(service.unscoped, unsorted)
  const mine = tableOf(service.db(unsorted.rules).as(principalOf(unsorted.callers[0])), unsorted)
  const found = await mine.findMany({ where: { salary: { gte: 1 } } })
  expect(found.map(({ name }) => name)).toEqual(['Oskar'])
})

test('F8: nobody who sees some salaries only sorts by salary', async () => {
  await store(service.unscoped, unsorted)
  for (const who of unsorted.callers) {
    const mine = tableOf(service.db(unsorted.rules).as(principalOf(who)), unsorted)
    const refused = { name: 'ClaimstakeError', code: 'UNSUPPORTED_ARGUMENT' }
    await expect(mine.findMany({ orderBy: { salary: 'asc' } })).rejects.toMatchObject(refused)
    expect(await mine.findMany({ orderBy: { bio: 'asc' } })).toHaveLength(unsorted.stored.length)
  }
})

test('33: what belongs to a row is got and listed along with it', async () => {
  await service.unscoped.note.deleteMany()
  await service.unscoped.note.create({
    data: { id: rowId(0), next: { create: { id: rowId(1), title: 'x' } } },
  })
  const { note } = service.db(AdminOrRead).as(principalOf(u3))
  const shown = { next: { id: rowId(1), title: 'x' } }
  expect(await note.findUnique({ where: { id: rowId(0) }, include: { next: true } })).toMatchObject(shown)
  const listed = await note.findMany({ where: { next: { title: 'x' } }, include: { next: true } })
  expect(listed).toMatchObject([shown])
})

test('47: the children come along, as far as their own groups say so', async () => {
  await service.unscoped.note.deleteMany()
  const groups = ['Group1', 'Group2']
  const children = {
    create: [
      { id: rowId(1), groups },
      { id: rowId(2), groups: ['Group1'] },
    ],
  }
  await service.unscoped.note.create({ data: { id: rowId(0), groups, children } })
  const { note } = service.db(byGroups).as(principalOf(user('member', ['Group2'])))
  const parent = await note.findUnique({ where: { id: rowId(0) }, include: { children: true } })
  expect(parent?.children.map(({ id }) => id)).toEqual([rowId(1)])
})

async function perform({ rules, who, call }: Case): Promise<Outcome> {
  const mine = tableOf(service.db(rules).as(principalOf(who)), { rules })
  const where = { id: rowId(0) }
  switch (call.does) {
    case 'create':
      return written(await mine.create({ data: call.input }))
    case 'get': {
      const row = await mine.findUnique({ where })
      return row ? { row } : { refused: 'NOT_FOUND' }
    }
    case 'list':
      return { rows: await mine.findMany({ where: call.where, orderBy: { id: 'asc' } }) }
    case 'update':
      return written(await mine.update({ where, data: call.input }))
    case 'delete':
      return written(await mine.delete({ where }))
  }
}

/** Of a row he may not get, its writer is told the id. */
function written(row: Row): Outcome {
  return Object.keys(row).join() === 'id' ? 'unseen' : { row }
}

function refusalOf(error: unknown): Outcome {
  if (error instanceof ClaimstakeError) return refusal(error)
  if ((error as { code?: unknown }).code === 'P2025') return { refused: 'NOT_FOUND' }
  throw error
}

function refusal({ code, errors }: ClaimstakeError): Outcome {
  const naming = errors?.map(({ pointer = '' }) => pointer.slice(1))
  return naming ? { refused: code, naming } : { refused: code }
}
