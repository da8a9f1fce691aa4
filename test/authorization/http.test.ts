import { authenticator } from '../../src/identity/authenticator.js'
import { failures, type ErrorCode, type InputFault } from '../../src/errors.js'
import { createTestIssuer } from '../../src/testing.js'
import { comparable } from '../support/comparable.js'
import { startRulesService, type RulesService } from '../support/rules/rules-service.js'
import type { TestAnswer } from '../support/test-server.js'
import { issuer as issuerUrl, u3, user } from './callers.js'
import { isRefusal, modelOf, rowId, titleOf, type Case, type Row } from './case.js'
import { cases, unsorted } from './cases.js'
import { AdminOrRead, byGroups } from './rule-sets.js'
import { expectOutcome, forbiddenContent, type Outcome } from './outcome.js'
import { allRows, expectStored, store } from './stored-rows.js'

// RULES section 8 over HTTP: the whole app, tokens of an issuer, Postgres.

const issuer = createTestIssuer({ issuer: issuerUrl, provider: 'userPools' })
let service: RulesService
beforeAll(async () => {
  service = await startRulesService(authenticator({ issuers: [issuer.settings] }))
})
afterAll(() => service.stop())

test.each(cases.map((one, at) => [titleOf(one, at), one] as const))('%s', async (_, one) => {
  const before = await store(service.unscoped, one)
  const answer = await ask(one, rowId(0))
  expectOutcome(one, outcomeOf(one, answer), shown)
  for (const value of forbiddenContent(one, before)) expect(answer.text).not.toContain(value)
  expectStored(one, before, await allRows(service.unscoped, one))

  if (isRefusal(one.expect) && one.expect.refused === 'NOT_FOUND') {
    expect(comparable(answer)).toEqual(comparable(await ask(one, rowId(404))))
  }
})

test('F7: a condition on every salary finds own rows only', async () => {
  await store(service.unscoped, unsorted)
  const server = await service.server(unsorted.rules)
  const call = server.caller(() => issuer.token(unsorted.callers[0]))
  const body = { where: { salary: { gte: 1 } } }
  const answers = [
    await call('GET', '/v1/employees?salary__gte=1'),
    await call('POST', '/v1/employees/query', { body }),
    // A hidden value makes no condition true, nor its contrary.
    await call('POST', '/v1/employees/query', { body: { where: { not: { salary: { lt: 1 } } } } }),
  ]
  for (const answer of answers) {
    expect(answer.status).toBe(200)
    expect((answer.body as { items: Row[] }).items.map(({ name }) => name)).toEqual(['Oskar'])
  }
})

test('F8: nobody who sees some salaries only sorts by salary', async () => {
  await store(service.unscoped, unsorted)
  const server = await service.server(unsorted.rules)
  for (const who of unsorted.callers) {
    const call = server.caller(() => issuer.token(who))
    const refused = await call('GET', '/v1/employees?sort=salary')
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ code: 'INVALID_PARAMETER', errors: [{ parameter: 'sort' }] })
    expect(refused.text).not.toContain('bio of')
    expect((await call('GET', '/v1/employees?sort=bio')).status).toBe(200)
  }
})

test('33: what belongs to a row is got and listed along with it', async () => {
  const { note } = service.unscoped
  await note.deleteMany()
  await note.create({ data: { id: rowId(0), next: { create: { id: rowId(1), title: 'x' } } } })
  const call = (await service.server(AdminOrRead)).caller(() => issuer.token(u3))
  const shown = { id: rowId(0), next: { id: rowId(1), title: 'x' } }
  const got = await call('GET', `/v1/notes/${rowId(0)}?include=next`)
  expect(got.status).toBe(200)
  expect(got.body).toMatchObject(shown)
  const listed = await call('GET', '/v1/notes?include=next&sort=id&limit=1')
  expect(listed.body).toMatchObject({ items: [shown] })
  const back = await call('GET', `/v1/notes/${rowId(1)}?include=previous.next&fields=title`)
  expect(back.body).toMatchObject({ title: 'x', previous: shown })
})

test('47: the children come along, as far as their own groups say so', async () => {
  const { note } = service.unscoped
  await note.deleteMany()
  const groups = ['Group1', 'Group2']
  const children = {
    create: [
      { id: rowId(1), groups },
      { id: rowId(2), groups: ['Group1'], content: 'canary' },
    ],
  }
  await note.create({ data: { id: rowId(0), groups, children } })
  const server = await service.server(byGroups)
  const childrenFor = async (...named: string[]) => {
    const call = server.caller(() => issuer.token(user('member', named)))
    const parent = await call('GET', `/v1/notes/${rowId(0)}?include=children&fields=id`)
    const [listed] = ((await call('GET', '/v1/notes?include=children&fields=id&sort=id')).body as Listed)
      .items
    const { items } = (await call('GET', `/v1/notes/${rowId(0)}/children?sort=id`)).body as Listed
    expect(parent.body).toEqual({ id: rowId(0), children: items })
    expect(listed).toEqual(parent.body)
    return items
  }
  const seen = await childrenFor('Group2')
  expect(seen.map(({ id }) => id)).toEqual([rowId(1)])
  expect(JSON.stringify(seen)).not.toContain('canary')
  expect((await childrenFor('Group1')).map(({ id }) => id)).toEqual([rowId(1), rowId(2)])
})

interface Listed {
  readonly items: readonly Row[]
}

async function ask({ rules, who, call }: Case, id: string): Promise<TestAnswer> {
  const caller = (await service.server(rules)).caller(() => issuer.token(who))
  const collection = `/v1/${modelOf(rules).toLowerCase()}s`
  switch (call.does) {
    case 'create':
      return caller('POST', collection, { body: call.input })
    case 'get':
      return caller('GET', `${collection}/${id}`)
    case 'list':
      return caller(
        'GET',
        `${collection}?${new URLSearchParams(call.where as Record<string, string>).toString()}`,
      )
    case 'update':
      return caller('PATCH', `${collection}/${id}`, { body: call.input })
    case 'delete':
      return caller('DELETE', `${collection}/${id}`)
  }
}

const done = { create: 201, get: 200, list: 200, update: 200, delete: 204 }

/** What an answer says; one that says two things at once, as a status and another problem's code, says nothing. */
function outcomeOf({ call: { does }, expect: expected }: Case, { status, body }: TestAnswer): Outcome {
  if (status >= 400) {
    const problem = body as { status: number; code: ErrorCode; errors?: readonly InputFault[] }
    expect(problem).toMatchObject({ status, code: problem.code })
    expect(status).toBe(failures[problem.code].status)
    const naming = problem.errors?.map(({ pointer = '' }) => pointer.slice(1))
    return naming ? { refused: problem.code, naming } : { refused: problem.code }
  }
  // A row that is gone is not sent back: whether its deleter saw it only the scoped client tells.
  if (does === 'delete' && status === 204) return expected === 'unseen' ? 'unseen' : { row: { id: rowId(0) } }
  if (does === 'update' && status === 204) return 'unseen'
  expect(status).toBe(done[does])
  if (does === 'list') return { rows: (body as { items: Row[] }).items }
  const row = body as Row
  return does === 'create' && Object.keys(row).join() === 'id' ? 'unseen' : { row }
}

/** REST shows the last part of a composite identity; a list is shown as it is stored. */
function shown(value: unknown): unknown {
  return typeof value === 'string' ? value.split('::').at(-1) : value
}
