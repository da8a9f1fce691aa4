import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(async () => {
  await service.database.truncate()
  ;(service.log as string[]).length = 0
})
afterAll(() => service.stop())

interface Line {
  readonly level: number
  readonly requestId: string
  readonly code: string
  readonly rules: readonly Readonly<Record<string, unknown>>[]
}
const denials = () =>
  service.log.map((line) => JSON.parse(line) as Line).filter(({ rules }) => (rules as unknown) !== undefined)

test('a call that no rule grants is explained at debug level, under the id of the request', async () => {
  const answer = await service.caller({ sub: 'canary-sub' })('GET', '/v1/posts')
  expect(answer.status).toBe(403)
  expect(denials()).toMatchObject([
    {
      level: 20,
      requestId: answer.headers['x-request-id'],
      code: 'FORBIDDEN_OPERATION',
      model: 'Post',
      operation: 'list',
      rules: [
        { rule: 'owner()', matched: false, reason: 'claim user_id absent' },
        { rule: "groups('Moderator')", matched: false, reason: 'claim user_groups absent' },
      ],
    },
  ])
})

test('neither claims nor rows nor the token are in it', async () => {
  const { id } = await service.unscoped.post.create({
    data: { owner: 'canary-owner', postname: 'canary-row' },
  })
  const claims = { user_id: 'canary-caller', user_groups: ['canary-group'], name: 'canary-name' }
  const answer = await service.caller(claims)('GET', `/v1/posts/${id}`)
  expect(answer.status).toBe(404)
  expect(denials()).toMatchObject([
    {
      code: 'NOT_FOUND',
      rules: [
        { matched: true, reason: 'opens only rows whose owner names the caller (claim user_id)' },
        { matched: false, reason: 'caller is in other groups only' },
      ],
    },
  ])
  expect(service.log.join('')).not.toMatch(/canary|eyJ/u)
})

test('a caller without credentials, and a field that may not be written', async () => {
  expect((await service.caller()('GET', '/v1/employees')).status).toBe(401)
  const { id } = await service.unscoped.employee.create({ data: { owner: 'ana', name: 'Ana' } })
  const patch = await service.caller({ user_id: 'ana' })('PATCH', `/v1/employees/${id}`, {
    body: { salary: '1' },
  })
  expect(patch.status).toBe(403)
  expect(denials()).toMatchObject([
    {
      code: 'FORBIDDEN_FIELD',
      rules: expect.arrayContaining([
        { field: 'salary', rule: 'owner()', matched: false, reason: 'grants get, list, listen' },
      ]) as unknown,
    },
  ])
})

test('what is allowed, and what never came to the rules, leaves no such line', async () => {
  await service.caller({ user_id: 'ana' })('GET', '/v1/posts')
  await service.caller({ user_id: 'ana' })('GET', '/v1/nothing')
  await service.caller({ user_id: 'ana' })('GET', '/v1/posts', { headers: { 'X-Request-Id': 'sane' } })
  expect(denials()).toEqual([])
})
