import { connect, type AddressInfo } from 'node:net'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana', email: 'canary@example.com' })

test('R62 every answer keeps out of shared caches and carries an id', async () => {
  const paths = [
    '/v1/posts',
    '/v1/nothing',
    '/v1/posts/x',
    '/openapi.json',
    '/openapi-3.0.json',
    '/livez',
    '/nowhere',
  ]
  for (const path of paths) {
    const answer = await ana()('GET', path)
    expect(answer.headers['cache-control']).toBe(answer.status < 400 ? 'private, no-cache' : 'no-store')
    expect(answer.headers['vary']).toBe('Authorization, X-Api-Key, Accept, Origin')
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{36}$/u)
    expect(answer.headers).not.toHaveProperty('x-powered-by')
  }
})

test('both OpenAPI documents are served as they are made, to anybody', async () => {
  for (const [path, version] of [
    ['/openapi.json', '3.1'],
    ['/openapi-3.0.json', '3.0'],
  ] as const) {
    const answer = await service.caller()('GET', path)
    expect([answer.status, answer.type]).toEqual([200, 'application/json'])
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(service.db.openApi({ version }))))
  }
})

test('a sane request id is echoed, another is replaced', async () => {
  const echoed = await ana()('GET', '/v1/posts', { headers: { 'X-Request-Id': 'trace-1' } })
  expect(echoed.headers['x-request-id']).toBe('trace-1')
  const replaced = await ana()('GET', '/v1/posts', { headers: { 'X-Request-Id': 'a b' } })
  expect(replaced.headers['x-request-id']).not.toBe('a b')
})

test('HEAD is GET without its body; OPTIONS needs no credentials', async () => {
  const head = await ana()('HEAD', '/v1/posts')
  expect([head.status, head.text ?? '']).toEqual([200, ''])
  const options = await service.caller()('OPTIONS', '/v1/posts')
  expect([options.status, options.headers['allow']]).toEqual([204, 'GET, HEAD, POST, PATCH, DELETE, OPTIONS'])
})

test('T15 R75 one log line a request, without token, claim, query value or body', async () => {
  const { log } = service
  const before = log.length
  await ana()('POST', '/v1/posts', { body: { postname: 'canary-body' } })
  await ana()('GET', '/v1/posts?postname=canary-query')
  await new Promise((done) => setTimeout(done, 50))
  const lines = log.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines).toMatchObject([
    { method: 'POST', route: '/v1/posts', status: 201 },
    { method: 'GET', route: '/v1/posts', status: 200 },
  ])
  expect(lines[0]?.['principal']).toBe(lines[1]?.['principal'])
  expect(lines[0]?.['principal']).toMatch(/^[\w-]{22}$/u)
  expect(log.join('')).not.toMatch(/canary|ana"|eyJ/u)
})

test('R64 two callers on one connection, pipelined, never get each other’s rows', async () => {
  await service.database.truncate()
  await service.unscoped.todo.createMany({
    data: ['ana', 'bo'].map((owner) => ({ owner, title: `of ${owner}` })),
  })
  const tokens = await Promise.all(['ana', 'bo'].map((user_id) => service.issuer.token({ user_id })))
  const socket = connect((service.address as AddressInfo).port, '127.0.0.1')
  const rounds = 200
  for (let at = 0; at < rounds; at++) {
    socket.write(`GET /v1/todos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens[at % 2] ?? ''}\r\n\r\n`)
  }
  let text = ''
  await new Promise<void>((done) => {
    socket.on('data', (bytes) => {
      text += bytes.toString('utf8')
      if (text.split('"nextCursor"').length > rounds) done()
    })
  })
  socket.destroy()
  const owners = [...text.matchAll(/"items":\[\{"id":\d+,"owner":"(\w+)","title":"of (\w+)"[^}]*\}\]/gu)]
  expect(owners).toHaveLength(rounds)
  owners.forEach(([, owner, title], at) =>
    expect([owner, title]).toEqual(at % 2 === 0 ? ['ana', 'ana'] : ['bo', 'bo']),
  )
})

test('J77 with the database gone, a valid token is 503 with Retry-After, and an invalid one still 401', async () => {
  const own = await startService()
  try {
    await own.caller({ user_id: 'ana' })('GET', '/v1/posts')
    await own.database.drop()
    const answer = await own.caller({ user_id: 'ana' })('GET', '/v1/posts')
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(answer.body).toMatchObject({ code: 'UNAVAILABLE' })
    expect(answer.text).not.toMatch(/database "|does not exist|prisma/iu)
    const bad = await own.caller()('GET', '/v1/posts', { headers: { Authorization: 'Bearer a.b.c' } })
    expect(bad.status).toBe(401)
  } finally {
    await own.stop()
  }
})
