import type { Request } from 'express'
import { inspect } from 'node:util'
import type { AuthorizerAnswer, CustomAuthorizer } from '../../../src/claims/custom-authorizer.js'
import { errorFacts } from '../../../src/http/error-facts.js'
import { parseIssuer } from '../../../src/config/issuer.js'
import { authenticator, type AuthenticatorOptions } from '../../../src/identity/authenticator.js'
import { createTestIssuer } from '../../../src/testing.js'

const letIn = (): AuthorizerAnswer => ({ isAuthorized: true, claims: { sub: 'ana' } })
const base = { header: 'X-Session', authorize: letIn }
const issuer = createTestIssuer()

/** As much of a request as credentials are read from. */
function request(headers: Readonly<Record<string, string>>): Request {
  return { url: '/', headers, rawHeaders: Object.entries(headers).flat(), ip: '::1' } as unknown as Request
}

/** What is said of an authorizer at boot. */
function faults(authorizer: object, options: AuthenticatorOptions = { issuers: [issuer.settings] }): string {
  try {
    authenticator({ ...options, authorizer: authorizer as CustomAuthorizer })
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  return 'none'
}

describe('options', () => {
  test.each<[string, object]>([
    ['a header', base],
    ['a scheme', { scheme: 'Session', authorize: letIn }],
    [
      'everything',
      {
        ...base,
        ...{ cacheKey: ['X-Tenant', 'ip'], timeToLive: 86_400, deadline: 30_000, concurrency: 10_000 },
        ...{ identityClaim: 'a::b', groupClaim: '$.g[*]', matchParts: false, alias: '', groups: 'none' },
      },
    ],
    ['the least', { ...base, cacheKey: [], timeToLive: 1, deadline: 1, concurrency: 1 }],
  ])('%s is enough', (_, authorizer) => {
    expect(faults(authorizer)).toBe('none')
  })

  test.each<[string, object, string]>([
    ['no place', { header: undefined }, 'one of header, scheme is missing'],
    ['two places', { scheme: 'Session' }, 'only one of header, scheme may be set'],
    ['no function', { authorize: undefined }, 'authorize must be a function'],
    ['an object as function', { authorize: {} }, 'authorize must be a function'],
    ['a blank header', { header: '' }, 'header is not a name'],
    ['a header with a colon', { header: 'X-Session:' }, 'header is not a name'],
    ['a header with a space', { header: ' X-Session' }, 'header is not a name'],
    ['a header with a line end', { header: 'X-Session\n' }, 'header is not a name'],
    ['a header of other letters', { header: 'X-Sessión' }, 'header is not a name'],
    ['a number as header', { header: 1 }, 'header must be text'],
    ['a scheme of two words', { header: undefined, scheme: 'My Session' }, 'scheme is not a name'],
    ['a blank scheme', { header: undefined, scheme: '' }, 'scheme is not a name'],
    [
      'the scheme of tokens',
      { header: undefined, scheme: 'bEARER' },
      'scheme "Bearer" belongs to the tokens',
    ],
    ['a cache key that is no list', { cacheKey: 'x-session' }, 'cacheKey must be a list'],
    ['a cache key with no name', { cacheKey: ['x-a', 'x b'] }, 'cacheKey[1] is not a name'],
    ['an endless cache key', { cacheKey: Array(33).fill('x') }, 'cacheKey names more than 32'],
    ['a time without a key', { timeToLive: 60 }, 'timeToLive needs cacheKey'],
    ['no time', { cacheKey: [], timeToLive: 0 }, 'timeToLive must be a whole number from 1 to 86,400'],
    ['days', { cacheKey: [], timeToLive: 86_401 }, 'timeToLive must be a whole number'],
    ['for ever', { cacheKey: [], timeToLive: Infinity }, 'timeToLive must be a whole number'],
    ['a deadline at once', { deadline: 0 }, 'deadline must be a whole number from 1 to 30,000'],
    ['no deadline', { deadline: Infinity }, 'deadline must be a whole number'],
    ['a deadline as text', { deadline: '3000' }, 'deadline must be a whole number'],
    ['no calls', { concurrency: 0 }, 'concurrency must be a whole number from 1 to 10,000'],
    ['endless calls', { concurrency: 10_001 }, 'concurrency must be a whole number'],
    ['an alias of other letters', { alias: 'custom::' }, 'alias may hold a-z, 0-9 and "-" only'],
    ['groups of a fourth kind', { groups: 'all' }, 'groups must be trusted, prefixed or none'],
    ['parts that match or not', { matchParts: 'no' }, 'matchParts must be true or false'],
    ['no claim path', { identityClaim: '$.a[' }, 'identityClaim is not a claim path'],
    ['[*] as identity', { identityClaim: '$.a[*]' }, 'identityClaim is not a claim path'],
    ['a prototype as group path', { groupClaim: '$.__proto__' }, 'groupClaim is not a claim path'],
    ['a misspelt option', { ttl: 60 }, 'ttl is not an option of a custom authorizer'],
  ])('%s is refused', (_, change, message) => {
    expect(faults({ ...base, ...change })).toContain(`\n- ${message}`)
  })

  test.each([
    ...['Authorization', 'X-Api-Key', 'Cookie', 'Set-Cookie', 'Host', 'Connection', 'Transfer-Encoding'],
    ...['Content-Type', 'Content-Length', 'Accept', 'Accept-Language', 'If-Match', 'Origin', 'User-Agent'],
    ...[
      'X-Request-Id',
      'X-Forwarded-For',
      'Forwarded',
      'Idempotency-Key',
      'Proxy-Authorization',
      'IP',
      'Vary',
    ],
  ])('the header %s means something else', (header) => {
    expect(faults({ ...base, header })).toMatch(/- header (?:means something else|may not be Authorization)/u)
  })

  test.each(['X-Session', 'Session-Token', 'X-Forwarded-User', 'hosts', 'constructor'])(
    'the header %s does not',
    (header) => {
      expect(faults({ ...base, header })).toBe('none')
    },
  )

  test('all faults come at once', () => {
    const message = faults({ timeToLive: 0, deadline: 0, alias: 'A', ttl: 1 })
    expect(message.split('\n')).toEqual([
      'The custom authorizer cannot be used:',
      '- authorize must be a function',
      expect.stringMatching(/^- timeToLive must/u),
      expect.stringMatching(/^- deadline must/u),
      expect.stringMatching(/^- alias may/u),
      '- ttl is not an option of a custom authorizer',
      expect.stringMatching(/^- one of header, scheme is missing/u),
      expect.stringMatching(/^- timeToLive needs cacheKey/u),
    ])
    for (const none of [5, 'x', null]) {
      if (none !== null) expect(faults(none as unknown as object)).toContain('it must be an object')
    }
  })

  test('Bearer is its own where no issuer is', async () => {
    const authorizer = { scheme: 'Bearer', authorize: letIn }
    const authenticate = authenticator({ authorizer })
    expect(await authenticate(request({ authorization: 'Bearer x' }))).toMatchObject({ provider: 'function' })
  })

  test('its alias is not an issuer’s', () => {
    const custom = parseIssuer({ ...issuer.options, alias: 'custom' })
    expect(faults(base, { issuers: [custom] })).toContain('is that of the custom authorizer')
    expect(faults({ ...base, alias: 'other' }, { issuers: [custom] })).toBe('none')
  })
})

describe('its callers', () => {
  const headers = { 'x-session': 'key of ana' }

  test('are the same frozen principal while remembered, also when asked twice at once', async () => {
    const authenticate = authenticator({ authorizer: { ...base, cacheKey: ['X-Session'] } })
    const [first, second] = await Promise.all([
      authenticate(request(headers)),
      authenticate(request(headers)),
    ])
    expect(second).toBe(first)
    expect(await authenticate(request(headers))).toBe(first)
    expect(await authenticate(request({ 'x-session': 'another' }))).not.toBe(first)
    expect(Object.isFrozen(first) && Object.isFrozen(first.claims)).toBe(true)
    expect(first).toMatchObject({ provider: 'function', issuer: '', alias: 'custom', groups: 'trusted' })
  })

  test('are another principal each time without a cache key, and with nothing remembered', async () => {
    for (const options of [
      { authorizer: base },
      { authorizer: { ...base, cacheKey: ['x-session'] }, remembered: 0 },
    ]) {
      const authenticate = authenticator(options)
      expect(await authenticate(request(headers))).not.toBe(await authenticate(request(headers)))
    }
  })

  test('cannot say who vouches for them', async () => {
    const claims = { provider: 'oidc', issuer: 'x', alias: '', groups: [], otherAliases: [], sub: 'ana' }
    const authenticate = authenticator({
      issuers: [parseIssuer({ ...issuer.options, alias: 'okta' })],
      authorizer: { ...base, authorize: () => ({ isAuthorized: true, claims }) },
    })
    const expected = { provider: 'function', issuer: '', alias: 'custom', otherAliases: ['okta'], claims }
    expect(await authenticate(request(headers))).toMatchObject(expected)
  })

  test('have no prototype from elsewhere', async () => {
    const claims = JSON.parse('{"__proto__": {"sub": "eve"}, "sub": "ana"}') as Record<string, unknown>
    const authenticate = authenticator({
      authorizer: { ...base, authorize: () => ({ isAuthorized: true, claims }) },
    })
    const caller = await authenticate(request(headers))
    expect(Object.hasOwn(caller.claims, '__proto__')).toBe(true)
    expect(caller.claims['sub']).toBe('ana')
  })

  test('a name of every object is no header that was sent', async () => {
    const authenticate = authenticator({ authorizer: { ...base, header: 'constructor' } })
    expect(await authenticate(request({}))).toMatchObject({ provider: 'identityPool' })
  })
})

describe('the authorizer', () => {
  test('can be a method of an object', async () => {
    class Sessions {
      readonly header = 'X-Session'
      readonly deadline: number = 1000
      authorize() {
        return { isAuthorized: this.deadline === 1000 }
      }
    }
    const authenticate = authenticator({ authorizer: new Sessions() })
    expect(await authenticate(request({ 'x-session': 'x' }))).toMatchObject({ provider: 'function' })
  })

  test('leaves no timer running, whatever it answers', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const during: number[] = []
    const answers = [letIn, () => ({ isAuthorized: false }), () => Promise.reject(new Error('broken'))]
    for (const answer of answers) {
      const authorize = async () => {
        await Promise.resolve()
        during.push(timers())
        return answer()
      }
      const authenticate = authenticator({ authorizer: { ...base, authorize, deadline: 30_000 } })
      await authenticate(request({ 'x-session': 'x' })).catch(() => undefined)
    }
    expect(during).toEqual([before + 1, before + 1, before + 1])
    expect(timers()).toBe(before)
  })

  test('that fails is told in the log of the service: cause, code and frames, and nothing else of it', async () => {
    const authorize = ({ headers }: { readonly headers: object }) => {
      const cause = Object.assign(new Error('connect to s3cret-session'), { code: 'ECONNREFUSED', headers })
      throw new Error('fetch failed for s3cret-session', { cause })
    }
    const authenticate = authenticator({ authorizer: { ...base, authorize } })
    const error: unknown = await authenticate(
      request({ 'x-session': 's3cret-session', cookie: 'c00kie' }),
    ).catch((reason: unknown) => reason)
    const facts = JSON.stringify(errorFacts(error))
    expect(facts).toContain('fetch failed for [credentials]')
    expect(facts).toContain('connect to [credentials]')
    expect(facts).toContain('ECONNREFUSED')
    for (const text of [facts, inspect(error, { depth: 9 })])
      expect(text).not.toMatch(/s3cret-session|c00kie/u)
  })
})
