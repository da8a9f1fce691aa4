import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import type { AppOptions } from '../../src/app.js'
import type {
  AuthorizerAnswer,
  AuthorizerRequest,
  CustomAuthorizer,
} from '../../src/claims/custom-authorizer.js'
import { principal, type Claims, type Principal } from '../../src/claims/principal.js'
import { ClaimstakeError } from '../../src/errors.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type CallOptions, type TestAnswer, type TestService } from '../support/service.js'

// Callers whom a custom authorizer judges, over HTTP with rows in Postgres.
const schema = a.schema({
  // One column, two kinds of owners.
  Post: a.model().authorization((allow) => [allow.owner(), allow.owner('function')]),
  Project: a
    .model()
    .authorization((allow) => [
      allow.groupsDefinedIn('teams', 'function').to(['read']),
      allow.groups(['Moderator'], 'function').to(['create', 'update', 'delete']),
    ]),
  Product: a.model().authorization((allow) => allow.custom().to(['read'])),
  Employee: a.model().authorization((allow) => [allow.guest().to(['read']), allow.custom().to(['read'])]),
})

const people: Readonly<Record<string, Claims>> = {
  'key-of-ana': { sub: 'ana', groups: ['red'] },
  'key-of-bo': { sub: 'bo', groups: ['Moderator'] },
  'key-of-liar': {
    sub: 'custom::ana',
    provider: 'oidc',
    issuer: 'https://test.claimstake.invalid',
    alias: '',
  },
}

/** What the authorizer was shown, call by call. */
let seen: AuthorizerRequest[] = []
let answer: (request: AuthorizerRequest) => unknown
let now: number
let service: TestService

const byKey = ({ headers }: AuthorizerRequest): AuthorizerAnswer => {
  const credentials = headers['x-session'] ?? headers['authorization']?.split(' ')[1] ?? ''
  const claims = people[credentials]
  return claims ? { isAuthorized: true, claims } : { isAuthorized: false }
}

async function start(options: Partial<CustomAuthorizer> = {}, app: Partial<AppOptions> = {}): Promise<void> {
  const authorizer: CustomAuthorizer = {
    ...(options.scheme === undefined && { header: 'X-Session' }),
    authorize: (request) => {
      seen.push(request)
      return answer(request) as AuthorizerAnswer
    },
    ...options,
  }
  service = await startService(defineData({ schema, authorizer }), {}, { now: () => now, app: () => app })
}

beforeEach(() => {
  seen = []
  answer = byKey
  now = Date.now()
})
afterEach(() => service.stop())

/** A call with credentials in the authorizer's header. */
function call(session: string, path = '/v1/products', options: CallOptions = {}, method = 'GET' as const) {
  return service.caller()(method, path, { ...options, headers: { 'X-Session': session, ...options.headers } })
}

function expectProblem(response: TestAnswer, status: number, code: string): void {
  expect([response.status, (response.body as { code?: unknown }).code]).toEqual([status, code])
  expect(response.headers['cache-control']).toBe('no-store')
}

// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an authorizer may
const rejectWith = (reason: unknown): Promise<never> => Promise.reject(reason)

/** Sends header lines byte for byte, as no client library would, and gives the whole answer. */
async function raw(path: string, headers: readonly string[]): Promise<string> {
  const { port } = service.address as AddressInfo
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (bytes) => (received += bytes.toString('latin1')))
  socket.end([`GET ${path} HTTP/1.1`, 'Host: x', ...headers, 'Connection: close', '', ''].join('\r\n'))
  await once(socket, 'end')
  return received
}

const logged = () => service.log.join('\n')

describe('who is let in', () => {
  test('a caller with good credentials is, by allow.custom()', async () => {
    await start()
    expect((await call('key-of-ana')).status).toBe(200)
  })

  test('refused credentials are 401, and the authorizer is asked again each time', async () => {
    await start({ cacheKey: ['x-session'] })
    for (let times = 1; times <= 3; times++) {
      const response = await call('wrong')
      expectProblem(response, 401, 'INVALID_CREDENTIALS')
      expect(response.headers['www-authenticate']).toBe('Bearer realm="claimstake"')
      expect(seen).toHaveLength(times)
    }
  })

  test('without credentials nobody is asked: a guest where a rule takes guests, else 401', async () => {
    await start()
    expect((await service.caller()('GET', '/v1/employees')).status).toBe(200)
    expectProblem(await service.caller()('GET', '/v1/products'), 401, 'UNAUTHENTICATED')
    expect(seen).toEqual([])
  })

  test('bad credentials never become a guest', async () => {
    await start({ deadline: 50 })
    expectProblem(await call('wrong', '/v1/employees'), 401, 'INVALID_CREDENTIALS')
    expectProblem(await call('', '/v1/employees'), 400, 'MALFORMED_CREDENTIALS')
    answer = () => Promise.reject(new Error('broken'))
    expectProblem(await call('key-of-ana', '/v1/employees'), 503, 'UNAVAILABLE')
    answer = () => new Promise(() => undefined)
    expectProblem(await call('key-of-ana', '/v1/employees'), 503, 'UNAVAILABLE')
  })

  test('beside a Bearer token its header is not looked at, whether the token is good or bad', async () => {
    await start()
    const headers = { 'X-Session': 'key-of-ana' }
    const token = service.caller({ sub: 'eve' })
    // A token is no caller of allow.custom().
    expectProblem(await token('GET', '/v1/products', { headers }), 403, 'FORBIDDEN_OPERATION')
    const forged = { ...headers, Authorization: 'Bearer a.b.c' }
    expectProblem(await service.caller()('GET', '/v1/products', { headers: forged }), 401, 'INVALID_TOKEN')
    const other = { ...headers, Authorization: 'Basic eDp5' }
    expectProblem(await service.caller()('GET', '/v1/products', { headers: other }), 401, 'UNAUTHENTICATED')
    expect(seen).toEqual([])
  })

  test('an answer to its header is never another one in a cache', async () => {
    await start()
    expect((await call('key-of-ana')).headers['vary']).toContain('x-session')
  })
})

describe('under a scheme', () => {
  test('its credentials are its own, in any case of letters; a token is a token', async () => {
    await start({ scheme: 'Session' })
    const send = (authorization: string) =>
      service.caller()('GET', '/v1/products', { headers: { Authorization: authorization } })
    for (const scheme of ['Session', 'session', 'SESSION'])
      expect((await send(`${scheme} key-of-ana`)).status).toBe(200)
    expectProblem(await send('Session wrong'), 401, 'INVALID_CREDENTIALS')
    expectProblem(await send('Session'), 400, 'MALFORMED_CREDENTIALS')
    expect(seen).toHaveLength(4)
    expectProblem(await send('Sessions key-of-ana'), 401, 'UNAUTHENTICATED')
    expectProblem(await send('Basic key-of-ana'), 401, 'UNAUTHENTICATED')
    expect((await service.caller({ sub: 'ana' })('GET', '/v1/posts')).status).toBe(200)
    expect(seen).toHaveLength(4)
  })
})

describe('credentials that cannot be read are 400, and nobody is asked', () => {
  test.each([
    ['blank', ''],
    ['white space', ' \t '],
    ['longer than 8 KiB', 'x'.repeat(8193)],
  ])('%s', async (_, session) => {
    await start()
    expectProblem(await call(session), 400, 'MALFORMED_CREDENTIALS')
    expect(seen).toEqual([])
  })

  test('8 KiB are read', async () => {
    await start()
    expectProblem(await call('x'.repeat(8192)), 401, 'INVALID_CREDENTIALS')
  })

  test.each<[string, readonly string[], Partial<CustomAuthorizer>]>([
    ['its header twice', ['X-Session: key-of-ana', 'x-session: key-of-ana'], {}],
    [
      'its scheme twice',
      ['Authorization: Session key-of-ana', 'Authorization: Session key-of-ana'],
      { scheme: 'Session' },
    ],
    [
      'its scheme behind another',
      ['Authorization: Basic x', 'Authorization: Session key-of-ana'],
      { scheme: 'Session' },
    ],
    [
      'its scheme before a token',
      ['Authorization: Session key-of-ana', 'Authorization: Bearer x'],
      { scheme: 'Session' },
    ],
    [
      'two tokens beside its header',
      ['Authorization: Bearer x', 'Authorization: Bearer y', 'X-Session: key-of-ana'],
      {},
    ],
  ])('%s', async (_, headers, options) => {
    await start(options)
    const response = await raw('/v1/products', headers)
    expect(response).toMatch(/^HTTP\/1\.1 400 /u)
    expect(response).toContain('MALFORMED_CREDENTIALS')
    expect(seen).toEqual([])
  })
})

describe('an authorizer that gives no answer is 503', () => {
  const broken: readonly (readonly [string, () => unknown])[] = [
    [
      'it throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['it rejects', () => Promise.reject(new Error('broken'))],
    ['it rejects with nothing', () => rejectWith(undefined)],
    [
      'it throws one of our own failures',
      () => {
        throw new ClaimstakeError('NOT_FOUND')
      },
    ],
    [
      'it throws what cannot be read',
      () => {
        throw Object.defineProperty(new Error('broken'), 'message', {
          get() {
            throw new Error('broken')
          },
        })
      },
    ],
    ['it answers nothing', () => undefined],
    ['it answers true', () => true],
    ['it answers null', () => null],
    ['isAuthorized is missing', () => ({ claims: { sub: 'ana' } })],
    ['isAuthorized is 1', () => ({ isAuthorized: 1 })],
    ['isAuthorized is text', () => ({ isAuthorized: 'false' })],
    ['isAuthorized is a promise', () => ({ isAuthorized: Promise.resolve(true) })],
    ['it denies fields, which we would not', () => ({ isAuthorized: true, deniedFields: ['Post.owner'] })],
    ['its claims are null', () => ({ isAuthorized: true, claims: null })],
    ['its claims are a list', () => ({ isAuthorized: true, claims: ['ana'] })],
    ['its claims are a Map', () => ({ isAuthorized: true, claims: new Map([['sub', 'ana']]) })],
    ['its claims hold a function', () => ({ isAuthorized: true, claims: { sub: () => 'ana' } })],
    ['its claims hold a Date', () => ({ isAuthorized: true, claims: { at: new Date() } })],
    ['its claims hold a bigint', () => ({ isAuthorized: true, claims: { sub: 1n } })],
    ['its claims hold NaN', () => ({ isAuthorized: true, claims: { list: [NaN] } })],
    [
      'its claims hold themselves',
      () => {
        const claims: Record<string, unknown> = {}
        claims['me'] = claims
        return { isAuthorized: true, claims }
      },
    ],
    ['its claims are too large', () => ({ isAuthorized: true, claims: { sub: 'x'.repeat(16_384) } })],
    [
      'its claims are too deep',
      () => ({
        isAuthorized: true,
        claims: JSON.parse(`{"a":${'['.repeat(16)}${']'.repeat(16)}}`) as unknown,
      }),
    ],
    [
      'a list in its claims is too long',
      () => ({ isAuthorized: true, claims: { groups: Array(1001).fill('g') } }),
    ],
    [
      'its answer cannot be read',
      () => ({
        get isAuthorized() {
          throw new Error('broken')
        },
      }),
    ],
  ]

  test('whatever is wrong with it, and the log says what', async () => {
    await start()
    for (const [name, behaviour] of broken) {
      answer = behaviour
      const before = service.log.length
      const response = await call('key-of-ana')
      expect([name, response.status]).toEqual([name, 503])
      expectProblem(response, 503, 'UNAVAILABLE')
      expect(response.headers['retry-after']).toBe('5')
      expect(service.log.slice(before).join('')).toContain('the custom authorizer gave no answer')
    }
    answer = byKey
    expect((await call('key-of-ana')).status).toBe(200)
  })

  test('members that are undefined are no claims, as in JSON', async () => {
    await start()
    answer = () => ({ isAuthorized: true, claims: { sub: 'ana', groups: undefined } })
    expect((await call('key-of-ana')).status).toBe(200)
  })

  test('it is late: within the deadline, told to stop, and what comes of it later disturbs nobody', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      await start({ deadline: 100 })
      let fail: (reason: Error) => void = () => undefined
      answer = () => new Promise((_, reject) => (fail = reject))
      const started = performance.now()
      expectProblem(await call('key-of-ana'), 503, 'UNAVAILABLE')
      expect(performance.now() - started).toBeLessThan(2000)
      expect(logged()).toContain('it took longer than 100 ms')
      expect(seen[0]?.signal.aborted).toBe(true)
      fail(new Error('late'))
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('it has enough to do: no more calls than it may answer at once, and hanging ones free their place', async () => {
    await start({ concurrency: 2, deadline: 500 })
    answer = () => new Promise(() => undefined)
    const hanging = [call('one'), call('two')]
    while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    const started = performance.now()
    expectProblem(await call('key-of-ana'), 503, 'UNAVAILABLE')
    expect(performance.now() - started).toBeLessThan(400)
    expect(seen).toHaveLength(2)
    expect(logged()).toContain('it has 2 calls to answer already')
    for (const response of await Promise.all(hanging)) expectProblem(response, 503, 'UNAVAILABLE')
    answer = byKey
    expect((await call('key-of-ana')).status).toBe(200)
  })
})

describe('what is remembered', () => {
  test('without a cache key nothing, and it sees everything', async () => {
    await start()
    await call('key-of-ana', undefined, { headers: { 'X-Other': 'seen' } })
    await call('key-of-ana')
    expect(seen).toHaveLength(2)
    expect(seen[0]?.headers).toMatchObject({ 'x-session': 'key-of-ana', 'x-other': 'seen' })
    expect(seen[0]?.ip).toMatch(/127\.0\.0\.1$/u)
    expect(Object.isFrozen(seen[0]) && Object.isFrozen(seen[0]?.headers)).toBe(true)
  })

  test('with one, a caller who was let in: for its time, by the clock', async () => {
    await start({ cacheKey: ['x-session'], timeToLive: 60 })
    const asked = async () => {
      expect((await call('key-of-ana')).status).toBe(200)
      return seen.length
    }
    expect([await asked(), await asked()]).toEqual([1, 1])
    now += 59_999
    expect(await asked()).toBe(1)
    now += 1
    expect(await asked()).toBe(2)
    now -= 10
    expect(await asked()).toBe(3)
    expect(await asked()).toBe(3)
  })

  test('who is refused when the time is over stays out, also if the clock goes back', async () => {
    await start({ cacheKey: ['x-session'], timeToLive: 60 })
    await call('key-of-ana')
    now += 60_000
    answer = () => ({ isAuthorized: false })
    expectProblem(await call('key-of-ana'), 401, 'INVALID_CREDENTIALS')
    now -= 30_000
    expectProblem(await call('key-of-ana'), 401, 'INVALID_CREDENTIALS')
  })

  test('it lasts five minutes if nothing else is said, counted from the question', async () => {
    await start({ cacheKey: [] })
    answer = (request) => {
      now += 1000
      return byKey(request)
    }
    await call('key-of-ana')
    now += 298_999
    await call('key-of-ana')
    expect(seen).toHaveLength(1)
    now += 1
    await call('key-of-ana')
    expect(seen).toHaveLength(2)
  })

  test('failures are not', async () => {
    await start({ cacheKey: ['x-session'] })
    answer = () => Promise.reject(new Error('broken'))
    expectProblem(await call('key-of-ana'), 503, 'UNAVAILABLE')
    answer = byKey
    expect((await call('key-of-ana')).status).toBe(200)
  })

  test('equal requests at the same time are one question', async () => {
    await start({ cacheKey: ['x-session'] })
    answer = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return byKey(request)
    }
    const sessions = ['key-of-ana', 'wrong'].flatMap((session) => Array<string>(10).fill(session))
    const statuses = (await Promise.all(sessions.map((session) => call(session)))).map(({ status }) => status)
    expect(statuses).toEqual([200, 401].flatMap((status) => Array<number>(10).fill(status)))
    expect(seen).toHaveLength(2)
  })

  test('the key hides every other header, and the address unless it is named', async () => {
    await start({ cacheKey: ['X-Tenant', 'X-Not-Sent', 'constructor'] })
    await call('key-of-ana', undefined, { headers: { 'X-Tenant': 't', 'X-Other': 'hidden', Cookie: 'a=b' } })
    expect(seen[0]?.headers).toEqual({ 'x-session': 'key-of-ana', 'x-tenant': 't' })
    expect(seen[0]?.ip).toBe('')
    await service.stop()
    seen = []
    await start({ cacheKey: ['ip'] })
    await call('key-of-ana', undefined, { headers: { IP: '10.0.0.1' } })
    expect(seen[0]?.headers).toEqual({ 'x-session': 'key-of-ana' })
    expect(seen[0]?.ip).toMatch(/127\.0\.0\.1$/u)
  })

  test('two callers never share an answer: by their credentials, unnamed in the key, and by each named header', async () => {
    await start({ cacheKey: ['x-tenant', 'x-region'] })
    // Whoever runs values together takes some of these for one another.
    const tenants = ['', 'a', 'a,b', 'a","x-region":"b', 'ab']
    const callers = ['key-of-ana', 'key-of-bo', 'key-of-liar'].flatMap((session) =>
      tenants.flatMap((tenant) => ['', 'b', ',b', 'b,b'].map((region) => ({ session, tenant, region }))),
    )
    answer = (request) => {
      const { claims = {} } = byKey(request)
      return {
        isAuthorized: true,
        claims: {
          sub: JSON.stringify([claims['sub'], request.headers['x-tenant'], request.headers['x-region']]),
        },
      }
    }
    for (let round = 0; round < 2; round++) {
      for (const { session, tenant, region } of callers) {
        const headers = { 'X-Tenant': tenant, 'X-Region': region, 'Content-Type': 'application/json' }
        const body = { postname: 'x' }
        const created = await service.caller()('POST', '/v1/posts', {
          body,
          headers: { ...headers, 'X-Session': session },
        })
        expect(created.body).toMatchObject({
          owner: `custom::${JSON.stringify([people[session]?.['sub'], tenant, region])}`,
        })
      }
      expect(seen).toHaveLength(callers.length)
    }
  })

  test('with ip in the key each address is asked about for itself: an answer for one opens nothing to another', async () => {
    answer = ({ ip }) => ({ isAuthorized: ip === '10.0.0.1' })
    const from = (address: string) =>
      call('key-of-ana', undefined, { headers: { 'X-Forwarded-For': address } })
    await start({ cacheKey: ['ip'] }, { trustProxy: 1 })
    for (const times of [1, 2]) {
      expect((await from('10.0.0.1')).status).toBe(200)
      expectProblem(await from('10.0.0.2'), 401, 'INVALID_CREDENTIALS')
      expect(seen.map(({ ip }) => ip)).toEqual(['10.0.0.1', ...Array<string>(times).fill('10.0.0.2')])
    }
    await service.stop()

    // Unnamed, it cannot be asked about; a cache by credentials alone would have let the second one in.
    seen = []
    await start({ cacheKey: [] }, { trustProxy: 1 })
    for (const address of ['10.0.0.1', '10.0.0.2'])
      expectProblem(await from(address), 401, 'INVALID_CREDENTIALS')
    expect(seen.map(({ ip }) => ip)).toEqual(['', ''])
  })

  test('under a scheme the credentials are in the key as well', async () => {
    await start({ scheme: 'Session', cacheKey: ['x-tenant'] })
    const send = (session: string, path: string) =>
      service.caller()('GET', path, { headers: { Authorization: `Session ${session}` } })
    for (const times of [1, 2]) {
      expect((await send('key-of-ana', '/v1/me')).body).toMatchObject({ identity: 'custom::ana' })
      expect((await send('key-of-bo', '/v1/me')).body).toMatchObject({ identity: 'custom::bo' })
      expect([times, seen.length]).toEqual([times, 2])
    }
    expect(seen[0]?.headers).toEqual({ authorization: 'Session key-of-ana' })
  })

  test('it is shown headers and the address, and nothing else of a request', async () => {
    for (const cacheKey of [undefined, ['x-session']]) {
      seen = []
      await start({ cacheKey })
      const options = { body: { postname: 'x' }, headers: { 'X-Session': 'key-of-ana' } }
      expect((await service.caller()('POST', '/v1/posts', options)).status).toBe(201)
      expect(Object.keys(seen[0] ?? {}).sort()).toEqual(['headers', 'ip', 'signal'])
      if (!cacheKey) await service.stop()
    }
  })

  test('only so many', async () => {
    const authorizer: CustomAuthorizer = {
      header: 'X-Session',
      cacheKey: [],
      authorize: (request) => {
        seen.push(request)
        return byKey(request)
      },
    }
    service = await startService(defineData({ schema, authorizer }), {}, { remembered: 1 })
    for (const session of ['key-of-ana', 'key-of-ana', 'key-of-bo', 'key-of-ana']) await call(session)
    expect(seen).toHaveLength(3)
  })
})

describe('rules for its callers', () => {
  const ana = (options: Partial<Parameters<typeof principal>[0]> = {}): Principal =>
    principal({
      provider: 'function',
      issuer: '',
      alias: 'custom',
      groups: 'trusted',
      claims: people['key-of-ana'] ?? {},
      ...options,
    })
  const names = ({ body }: TestAnswer) =>
    (body as { items: { postname?: string; name?: string }[] }).items.map(
      ({ postname, name }) => postname ?? name,
    )

  test("allow.owner('function'): rows carry the alias, and a token's ana is somebody else", async () => {
    await start()
    const created = await service.caller()('POST', '/v1/posts', {
      body: { postname: 'of the authorizer' },
      headers: { 'X-Session': 'key-of-ana' },
    })
    expect([created.status, created.body]).toMatchObject([201, { owner: 'custom::ana' }])
    await service.caller({ sub: 'ana' })('POST', '/v1/posts', { body: { postname: 'of the token' } })
    expect(
      await service.unscoped.post.findMany({ select: { owner: true }, orderBy: { owner: 'asc' } }),
    ).toEqual([{ owner: 'ana' }, { owner: 'custom::ana' }])

    expect(names(await call('key-of-ana', '/v1/posts'))).toEqual(['of the authorizer'])
    expect(names(await service.caller({ sub: 'ana' })('GET', '/v1/posts'))).toEqual(['of the token'])
    expect((await service.db.as(ana()).post.findMany()).map(({ postname }) => postname)).toEqual([
      'of the authorizer',
    ])
  })

  test("a token whose sub reads custom::ana is not the authorizer's ana, nor is the authorizer's custom::ana", async () => {
    await start()
    await service.unscoped.post.create({ data: { owner: 'custom::ana', postname: 'secret of ana' } })
    await service.unscoped.post.create({ data: { owner: 'ana', postname: 'secret of the token' } })
    const forger = service.caller({ sub: 'custom::ana' })
    const response = await forger('GET', '/v1/posts')
    expect(response.text ?? '').not.toContain('secret')
    expectProblem(response, 403, 'FORBIDDEN_OPERATION')
    expect((await forger('POST', '/v1/posts', { body: { postname: 'x' } })).status).toBe(403)
    // The claims cannot choose provider, issuer or alias either.
    expect(names(await call('key-of-liar', '/v1/posts'))).toEqual([])
    expect(names(await call('key-of-ana', '/v1/posts'))).toEqual(['secret of ana'])
  })

  test('without the alias they are one and the same, as its documentation says', async () => {
    await start({ alias: '' })
    await service.unscoped.post.create({ data: { owner: 'ana', postname: 'shared' } })
    expect(names(await call('key-of-ana', '/v1/posts'))).toEqual(['shared'])
    expect(names(await service.caller({ sub: 'ana' })('GET', '/v1/posts'))).toEqual(['shared'])
  })

  test("group rules for 'function': its groups are taken as they are, a token's count for nothing", async () => {
    await start()
    await service.unscoped.project.create({ data: { name: 'red', teams: ['red'], owners: [] } })
    const blue = await service.unscoped.project.create({
      data: { name: 'blue', teams: ['blue'], owners: [] },
    })
    expect(names(await call('key-of-ana', '/v1/projects'))).toEqual(['red'])
    expect((await service.db.as(ana()).project.findMany()).map(({ name }) => name)).toEqual(['red'])
    const pretender = service.caller({ sub: 'eve', groups: ['red', 'Moderator'] })
    expectProblem(await pretender('GET', '/v1/projects'), 403, 'FORBIDDEN_OPERATION')
    expectProblem(await pretender('DELETE', `/v1/projects/${blue.id}`), 403, 'FORBIDDEN_OPERATION')
    const headers = { 'X-Session': 'key-of-bo' }
    expect((await service.caller()('DELETE', `/v1/projects/${blue.id}`, { headers })).status).toBe(204)
    expect(await service.unscoped.project.count()).toBe(1)
  })

  test.each<[string, Partial<CustomAuthorizer>, readonly string[]]>([
    ['prefixed', { groups: 'prefixed' }, ['aliased']],
    ['of another name', { groupClaim: '$.more.teams[*]' }, ['nested']],
  ])('its groups can be %s', async (_, options, shown) => {
    await start(options)
    answer = () => ({ isAuthorized: true, claims: { groups: ['red'], more: { teams: ['nested'] } } })
    for (const [name, team] of [
      ['bare', 'red'],
      ['aliased', 'custom::red'],
      ['nested', 'nested'],
    ] as const)
      await service.unscoped.project.create({ data: { name, teams: [team], owners: [] } })
    expect(names(await call('key-of-ana', '/v1/projects'))).toEqual(shown)
  })

  test('its identity can be a composite, whole or in parts', async () => {
    answer = () => ({ isAuthorized: true, claims: { tenant: 't', user: 'ana' } })
    for (const matchParts of [true, false]) {
      await start({ identityClaim: 'tenant::user', matchParts })
      await service.unscoped.post.create({ data: { owner: 'custom::t::ana', postname: 'whole' } })
      await service.unscoped.post.create({ data: { owner: 'custom::ana', postname: 'part' } })
      expect(names(await call('key-of-ana', '/v1/posts')).sort()).toEqual(
        matchParts ? ['part', 'whole'] : ['whole'],
      )
      if (matchParts) await service.stop()
    }
  })

  test('the claims are a copy: what the authorizer does to them later changes nothing', async () => {
    await start({ cacheKey: [] })
    const claims = { sub: 'ana', groups: ['red'] }
    answer = () => ({ isAuthorized: true, claims })
    await service.unscoped.post.create({ data: { owner: 'custom::bo', postname: 'of bo' } })
    expect(names(await call('key-of-ana', '/v1/posts'))).toEqual([])
    Object.assign(claims, { sub: 'bo' })
    expect(names(await call('key-of-ana', '/v1/posts'))).toEqual([])
    expect(seen).toHaveLength(1)
  })
})

test('nothing of the credentials or the claims is in the log, whatever the authorizer puts into its errors', async () => {
  await start({ deadline: 100 })
  const session = 'key-of-ana/"%'
  const behaviours: ((request: AuthorizerRequest) => unknown)[] = [
    () => ({ isAuthorized: true, claims: { sub: 'claim-of-ana' } }),
    () => ({ isAuthorized: false }),
    () => ({ isAuthorized: 'claim-of-ana' }),
    () => new Promise(() => undefined),
    ({ headers }) => {
      const sent = headers['x-session'] ?? ''
      const cause = Object.assign(
        new Error(`GET https://sessions.example/?key=${encodeURIComponent(sent)}`),
        {
          config: { headers },
        },
      )
      throw Object.assign(new Error(`no answer about ${sent}, ${JSON.stringify({ sent })}`, { cause }), {
        headers,
      })
    },
    ({ headers }) => rejectWith(headers['x-session']),
  ]
  for (const behaviour of behaviours) {
    answer = behaviour
    const { text = '' } = await call(session)
    expect(text).not.toMatch(/key-of|claim-of/u)
  }
  expect(logged()).toContain('no answer about [credentials]')
  expect(logged()).not.toMatch(/key-of|claim-of/u)
})
