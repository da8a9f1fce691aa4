import { connect, type AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '../../src/app.js'
import { settingsFrom } from '../../src/config/env.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { serve, type Served } from '../../src/service/serve.js'
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

const json = ['application/json', 'application/problem+json']

describe('Accept', () => {
  test.each([
    undefined,
    '*/*',
    'application/*',
    ...json,
    'application/json; charset=UTF-8',
    'text/html, application/xhtml+xml, */*;q=0.8',
    'text/html, application/json;q=0.1',
    'application/json;q=0, application/problem+json',
    ' ',
  ])('%s is served', async (accept) => {
    const answer = await ana()('GET', '/v1/posts', {
      headers: accept === undefined ? {} : { Accept: accept },
    })
    expect([answer.status, answer.type]).toEqual([200, 'application/json'])
  })

  test.each(['text/html', 'application/xml', 'text/*', 'application/json;q=0', '*/*;q=0', 'garbage'])(
    '%s is 406, as a problem all the same',
    async (accept) => {
      const answer = await ana()('GET', '/v1/posts', { headers: { Accept: accept } })
      expect([answer.status, answer.type]).toEqual([406, 'application/problem+json'])
      expect(answer.body).toMatchObject({ code: 'NOT_ACCEPTABLE' })
    },
  )

  test('comes after who and what, before the body, and changes nothing', async () => {
    const headers = { Accept: 'text/html' }
    const status = async (...call: Parameters<ReturnType<typeof ana>>) => (await ana()(...call)).status
    expect((await service.caller()('GET', '/v1/posts', { headers })).status).toBe(401)
    expect(await status('GET', '/v1/nothing', { headers })).toBe(404)
    expect(await status('PUT', '/v1/posts', { headers })).toBe(405)
    expect(await status('POST', '/v1/posts', { headers, body: '{' })).toBe(406)
    const id = '0190a001-0000-7000-8000-000000000009'
    expect(await status('GET', `/v1/posts/${id}`, { headers: { Accept: 'application/json' } })).toBe(404)
    const before = await service.unscoped.post.count()
    expect(await status('POST', '/v1/posts', { headers, body: { postname: 'x' } })).toBe(406)
    expect(await service.unscoped.post.count()).toBe(before)
  })
})

test('R74 nothing is compressed by default, whatever the caller takes; with COMPRESSION it is', async () => {
  const headers = { 'Accept-Encoding': 'gzip, deflate, br' }
  const plain = await ana()('GET', '/openapi.json', { headers })
  expect(plain.headers).not.toHaveProperty('content-encoding')
  expect((await ana()('GET', '/v1/posts', { headers })).headers).not.toHaveProperty('content-encoding')
  const own = await startService(undefined, {}, { app: () => ({ compression: true }) })
  try {
    const packed = await own.caller({ user_id: 'ana' })('GET', '/openapi.json', {
      headers: { 'Accept-Encoding': 'gzip' },
    })
    expect([packed.headers['content-encoding'], packed.headers['vary']]).toEqual([
      'gzip',
      'Authorization, X-Api-Key, Accept, Origin, Accept-Encoding',
    ])
    expect(packed.body).toEqual(plain.body)
  } finally {
    await own.stop()
  }
})

test('Server-Timing tells the stages where it is asked for, also those before a failure, and else nothing', async () => {
  expect((await ana()('GET', '/v1/posts')).headers).not.toHaveProperty('server-timing')
  const own = await startService(undefined, {}, { app: () => ({ serverTiming: true }) })
  const stages = (text: unknown) => String(text).replaceAll(/;dur=\d+\.\d\d/gu, '')
  try {
    const caller = own.caller({ user_id: 'ana' })
    const listed = await caller('GET', '/v1/posts')
    expect(stages(listed.headers['server-timing'])).toBe('authenticate, decide, validate, act, serialize')
    const refused = await caller('GET', '/v1/posts?nothing=1')
    expect(stages(refused.headers['server-timing'])).toBe('authenticate, decide')
  } finally {
    await own.stop()
  }
})

describe('bytes that no client library would send', () => {
  let served: Served
  let token: string
  beforeAll(async () => {
    const app = createApp({
      db: service.db,
      authenticate: authenticator({ issuers: [service.issuer.settings] }),
      log: pino({ level: 'silent' }),
      isReady: () => Promise.resolve(true),
    })
    served = await serve(app, settingsFrom({ PORT: '0', REQUEST_TIMEOUT: '1000', DRAIN_TIMEOUT: '0' }))
    token = await service.issuer.token({ user_id: 'ana' })
  })
  afterAll(() => served.drain())

  /** Sends bytes, and more of them for as long as the other side takes them; gives what came back until the end. */
  function raw(head: string, more?: () => string): Promise<{ answer: string; sent: number }> {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    let answer = ''
    let sent = 0
    let isOpen = true
    const push = () => {
      while (more && isOpen) {
        const piece = more()
        sent += piece.length
        if (!socket.write(piece, 'latin1')) return void socket.once('drain', push)
      }
    }
    socket.on('data', (bytes) => (answer += bytes.toString('latin1')))
    socket.on('error', () => undefined)
    socket.write(head, 'latin1')
    push()
    return new Promise((done) => {
      socket.on('close', () => {
        isOpen = false
        done({ answer, sent })
      })
    })
  }
  const status = (answer: string) => Number(/^HTTP\/1\.1 (?<status>\d+)/u.exec(answer)?.groups?.['status'])
  const head = (line: string, ...headers: string[]) =>
    [line, 'Host: x', `Authorization: Bearer ${token}`, 'Connection: close', ...headers, '', ''].join('\r\n')
  const post = (...headers: string[]) =>
    head('POST /v1/posts HTTP/1.1', 'Content-Type: application/json', ...headers)

  test.each([
    ['a header of 20 KB', () => head('GET /v1/posts HTTP/1.1', `X-Long: ${'x'.repeat(20_000)}`), [431]],
    ['3,000 headers', () => head('GET /v1/posts HTTP/1.1', ...Array<string>(3000).fill('X-Many: 1')), [431]],
    ['a URL of 64 KB', () => head(`GET /v1/posts?title=${'x'.repeat(65_536)} HTTP/1.1`), [414, 431]],
    ['10,000 parameters', () => head(`GET /v1/posts?${'a&'.repeat(10_000)} HTTP/1.1`), [400, 414, 431]],
    ['5,000 parameters, which fit', () => head(`GET /v1/posts?${'a&'.repeat(5000)} HTTP/1.1`), [400]],
    [
      '1,000 headers, which fit',
      () => head('GET /v1/posts HTTP/1.1', ...Array<string>(1000).fill('X-M: 1')),
      [200],
    ],
  ])('F18 %s', async (_, request, expected) => {
    expect(expected).toContain(status((await raw(request())).answer))
  })

  test('F16 a body that says it is too large is refused without being read', async () => {
    const { answer } = await raw(post('Content-Length: 1048577'))
    expect([status(answer), answer.includes('BODY_TOO_LARGE')]).toEqual([413, true])
  })

  test('F16 a chunked body without an end is cut off: neither kept in memory nor read for ever', async () => {
    const before = process.memoryUsage().rss
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const { answer, sent } = await raw(
      post('Transfer-Encoding: chunked').replace('Connection: close\r\n', ''),
      () => chunk,
    )
    expect([status(answer), answer.includes('BODY_TOO_LARGE')]).toEqual([413, true])
    expect(sent).toBeGreaterThan(262_144)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })

  test.each([
    ['shorter than it says', () => `${post('Content-Length: 100')}{"postname":"short"}`, [400, 408]],
    ['longer than it says', () => `${post('Content-Length: 5')}{"postname":"long"}`, [400]],
    ['of no length', () => post('Content-Length: '), [400]],
    ['of a negative length', () => post('Content-Length: -1'), [400]],
    ['missing', () => post('Content-Length: 0'), [400]],
    ['gzip', () => `${post('Content-Encoding: gzip', 'Content-Length: 3')}abc`, [415]],
    ['with an unknown transfer coding', () => `${post('Transfer-Encoding: xchunked')}0\r\n\r\n`, [400, 501]],
    ['with two lengths', () => `${post('Content-Length: 2', 'Content-Length: 3')}{} `, [400]],
    [
      'with a length and chunks',
      () => `${post('Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      [400],
    ],
    ['chunks, and not in the end', () => `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n`, [400]],
    ['with a bad chunk size', () => `${post('Transfer-Encoding: chunked')}0x5\r\nhello\r\n0\r\n\r\n`, [400]],
    [
      'with a chunk longer than it says',
      () => `${post('Transfer-Encoding: chunked')}2\r\nhello\r\n0\r\n\r\n`,
      [400],
    ],
    ['with spaces before a colon', () => post('Content-Length : 2'), [400]],
    ['with a folded header', () => post('X-A: 1\r\n Content-Length: 2'), [400]],
    ['with a bare line feed', () => post('X-A: 1\nX-B: 2'), [200, 400]],
    ['with NUL in a header', () => post('X-A: 1\0'), [400]],
    ['with an Expect nobody knows', () => post('Expect: 200-ok', 'Content-Length: 0'), [400, 417]],
  ])('F16 T12 a body %s', async (_, request, expected) => {
    const { answer } = await raw(request())
    expect(expected).toContain(status(answer))
  })

  test.each([
    [
      'no Host',
      () => `GET /v1/posts HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    ],
    ['two Hosts', () => head('GET /v1/posts HTTP/1.1', 'Host: y')],
    ['two Authorizations', () => head('GET /v1/posts HTTP/1.1', `Authorization: Bearer ${token}`)],
    ['HTTP/3.0', () => head('GET /v1/posts HTTP/3.0')],
    ['a space in the path', () => head('GET /v1/po sts HTTP/1.1')],
    ['a method nobody knows', () => head('FROB /v1/posts HTTP/1.1')],
    ['a line that is no request', () => '\x16\x03\x01\x02\0\x01\0\r\n\r\n'],
    ['a header without a colon', () => head('GET /v1/posts HTTP/1.1', 'nonsense')],
    ['a carriage return in a header', () => head('GET /v1/posts HTTP/1.1', 'X-A: 1\rX-B: 2')],
    ['an empty header name', () => head('GET /v1/posts HTTP/1.1', ': 1')],
    ['a header name with a space', () => head('GET /v1/posts HTTP/1.1', 'X A: 1')],
    ['a broken percent-encoding', () => head('GET /v1/posts?title=%E0%A4%A HTTP/1.1')],
  ])('T12 a request with %s is 400', async (_, request) => {
    expect(status((await raw(request())).answer)).toBe(400)
  })

  test('a header that stands twice is told with the headers of every answer', async () => {
    const [first, id] = ['Content-Type: text/plain', 'X-Request-Id: trace-2']
    const { answer } = await raw(post(first, id, 'Content-Length: 2').replace(/$/u, '{}'))
    const [lines = '', body = ''] = answer.split('\r\n\r\n')
    expect(status(answer)).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ code: 'MALFORMED_REQUEST', requestId: 'trace-2' })
    for (const line of [
      'X-Request-Id: trace-2',
      'Cache-Control: no-store',
      'Vary: Authorization, X-Api-Key, Accept, Origin',
      'X-Content-Type-Options: nosniff',
    ])
      expect(lines.split('\r\n')).toContain(line)
  })

  test('T12 what follows a body is not taken for a request of the caller', async () => {
    const smuggled = `GET /v1/posts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`
    const { answer } = await raw(`${post(`Content-Length: ${smuggled.length}`)}${smuggled}`)
    expect([...answer.matchAll(/^HTTP\/1\.1 /gmu)]).toHaveLength(1)
    expect(status(answer)).toBe(400)
  })

  test('F19 a request that does not come to its end is ended at the request timeout', async () => {
    const { answer } = await raw('GET /v1/posts HTTP/1.1\r\nHost: x\r\n')
    expect([408, NaN]).toContain(status(answer))
  })
})
