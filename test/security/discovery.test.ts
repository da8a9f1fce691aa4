import type { IssuerOptions } from '../../src/config/issuer.js'
import {
  answering,
  audience,
  expectUnavailable,
  failing,
  keyServer,
  observed,
  publishing,
  signingKey,
  tokenOf,
  trustingIssuer,
  type KeyServer,
} from './published.js'
import { send, withServer } from './token-service.js'

// SECURITY section 2, J61: an issuer that is asked where its keys are.

const one = signingKey('one')

interface Provider {
  readonly issuer: string
  readonly discovery: KeyServer
  readonly jwks: KeyServer
  /** Another server, with the same keys. */
  readonly elsewhere: KeyServer
  readonly elsewhereUrl: string
  readonly tokens: (claims?: object) => string
}

/** An issuer with a path of its own, as many have. */
async function withProvider(work: (provider: Provider) => Promise<void>): Promise<void> {
  const [discovery, jwks, elsewhere] = [failing(500), publishing(one), publishing(one)].map(keyServer) as [
    KeyServer,
    KeyServer,
    KeyServer,
  ]
  await withServer(elsewhere.listener, (elsewhereUrl) =>
    withServer(
      (request, response) => {
        const server = request.url === '/tenant/.well-known/openid-configuration' ? discovery : jwks
        server.listener(request, response)
      },
      async (url) => {
        const issuer = `${url}/tenant`
        discovery.answer = answering({ issuer, jwks_uri: `${url}/keys`, extra: { anything: [1] } })
        const tokens = (claims: object = {}) => tokenOf(one, { iss: issuer, ...claims })
        await work({ issuer, discovery, jwks, elsewhere, elsewhereUrl, tokens })
      },
    ),
  )
}

const discovering = (issuer: string, more: Partial<IssuerOptions> = {}) =>
  trustingIssuer({ issuer, audience, discovery: true, ...more })

test('keys are where the issuer says: one question each', async () => {
  await withProvider(async ({ issuer, discovery, jwks, tokens }) => {
    const { app, authenticate, keys } = discovering(issuer)
    await authenticate.open?.()
    expect(await authenticate.isReady?.()).toBe(true)
    expect((await send(app, tokens())).status).toBe(200)
    expect([discovery.fetches, jwks.fetches, keys().keys]).toEqual([1, 1, 1])
  })
})

type Said = (at: { readonly issuer: string; readonly elsewhereUrl: string }) => Record<string, unknown>

const untrusted: readonly (readonly [string, Said, string])[] = [
  [
    'another issuer',
    ({ issuer }) => ({ issuer: 'https://evil.example', jwks_uri: `${issuer}/k` }),
    'configure the issuer',
  ],
  [
    'the issuer with a slash',
    ({ issuer }) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/k` }),
    'configure the issuer',
  ],
  [
    'the issuer in upper case',
    ({ issuer }) => ({ issuer: issuer.toUpperCase(), jwks_uri: `${issuer}/k` }),
    'configure the issuer',
  ],
  ['no issuer', ({ issuer }) => ({ jwks_uri: `${issuer}/k` }), 'without a name'],
  ['a list of issuers', ({ issuer }) => ({ issuer: [issuer], jwks_uri: `${issuer}/k` }), 'without a name'],
  ['no jwks_uri', ({ issuer }) => ({ issuer }), 'does not say where its keys are'],
  [
    'a jwks_uri that is no URL',
    ({ issuer }) => ({ issuer, jwks_uri: '/keys' }),
    'does not say where its keys are',
  ],
  [
    'another origin',
    ({ issuer, elsewhereUrl }) => ({ issuer, jwks_uri: `${elsewhereUrl}/keys` }),
    'jwksOrigins',
  ],
  [
    'another port of the same host',
    ({ issuer }) => ({ issuer, jwks_uri: 'http://127.0.0.1:1/keys' }),
    'jwksOrigins',
  ],
  [
    'http:',
    ({ issuer }) => ({ issuer, jwks_uri: 'http://id.example.com/keys' }),
    'leads to http://id.example.com',
  ],
  ['file:', ({ issuer }) => ({ issuer, jwks_uri: 'file:///etc/passwd' }), 'not a plain https URL'],
  ['data:', ({ issuer }) => ({ issuer, jwks_uri: 'data:application/json,{}' }), 'not a plain https URL'],
  [
    'a private address',
    ({ issuer }) => ({ issuer, jwks_uri: 'http://10.0.0.1/keys' }),
    'leads to http://10.0.0.1',
  ],
  ['a link-local address', ({ issuer }) => ({ issuer, jwks_uri: 'http://169.254.169.254/' }), 'jwksOrigins'],
  [
    'a name and password',
    ({ issuer }) => ({ issuer, jwks_uri: issuer.replace('//', '//me:canary@') }),
    'not a plain',
  ],
]

describe.each(untrusted)('J61 a discovery document with %s', (_name, said, message) => {
  test('at the start: refused, saying what and how', async () => {
    await withProvider(async ({ issuer, discovery, jwks, elsewhere, elsewhereUrl }) => {
      discovery.answer = answering(said({ issuer, elsewhereUrl }))
      const { authenticate, app, keys } = discovering(issuer)
      const error = await authenticate.open?.().then(
        () => undefined,
        (caught: unknown) => caught,
      )
      expect(error).toBeInstanceOf(TypeError)
      expect((error as TypeError).message).toContain(`The keys of the issuer ${issuer} cannot be trusted:`)
      expect((error as TypeError).message).toContain(message)
      expect((error as TypeError).message).not.toContain('canary')
      // Nobody who goes on all the same gets in by it.
      expectUnavailable(await send(app, tokenOf(one, { iss: issuer })))
      expect([jwks.fetches, elsewhere.fetches]).toEqual([0, 0])
      expect(keys().fetches['untrusted']).toBe(1)
    })
  })

  test('while running: the good keys stay', async () => {
    await withProvider(async ({ issuer, discovery, jwks, elsewhere, elsewhereUrl, tokens }) => {
      const { authenticate, app, keys, pass, notices } = discovering(issuer)
      await authenticate.open?.()
      discovery.answer = answering(said({ issuer, elsewhereUrl }))
      pass(301)
      expect((await send(app, tokens())).status).toBe(200)
      pass(20 * 3600)
      expect((await send(app, tokens({ sub: 'bo' }))).status).toBe(200)
      expect([jwks.fetches, elsewhere.fetches, keys().keys]).toEqual([1, 0, 1])
      expect(notices[0]?.[0]).toBe('what a token issuer says of its keys cannot be trusted')
      expect(JSON.stringify(notices)).not.toContain('canary')
    })
  })
})

test('J61 another origin that the operator allows is good', async () => {
  await withProvider(async ({ issuer, discovery, jwks, elsewhere, elsewhereUrl, tokens }) => {
    discovery.answer = answering({ issuer, jwks_uri: `${elsewhereUrl}/keys` })
    const { authenticate, app } = discovering(issuer, { jwksOrigins: [elsewhereUrl] })
    await authenticate.open?.()
    expect((await send(app, tokens())).status).toBe(200)
    expect([jwks.fetches, elsewhere.fetches]).toEqual([0, 1])
  })
})

test.each([
  ['500', failing(500)],
  ['404', failing(404)],
  ['HTML', answering('<html>')],
  ['null', answering('null')],
])(
  'J61 %s in place of a discovery document is no refusal: not ready, and good once it is there',
  async (_name, answer) => {
    await withProvider(async ({ issuer, discovery, jwks, tokens }) => {
      const well = discovery.answer
      discovery.answer = answer
      const { authenticate, app, pass } = discovering(issuer)
      await authenticate.open?.()
      expect(await authenticate.isReady?.()).toBe(false)
      expectUnavailable(await send(app, tokens()))
      expect(jwks.fetches).toBe(0)
      discovery.answer = well
      pass(1)
      expect((await send(app, tokens())).status).toBe(200)
    })
  },
)

test('J57 document and keys share one deadline', async () => {
  await withProvider(async ({ issuer, discovery, jwks, tokens }) => {
    const well = discovery.answer
    discovery.answer = (request, response) => void setTimeout(() => well(request, response), 1800)
    jwks.answer = (request, response) => void setTimeout(() => publishing(one)(request, response), 1800)
    const { app, keys } = discovering(issuer)
    const start = performance.now()
    expectUnavailable(await send(app, tokens()))
    const took = performance.now() - start
    observed('J57 discovery and keys, 1.8 s each', { 'answer (ms)': took })
    expect(took).toBeLessThan(3500)
    expect(keys().fetches).toEqual({ ok: 0, late: 1 })
  })
})

test('J58 a discovery document behind a redirect is not read', async () => {
  await withProvider(async ({ issuer, discovery, elsewhere, elsewhereUrl, tokens }) => {
    discovery.answer = (_, response) => void response.writeHead(302, { Location: elsewhereUrl }).end()
    const { app, keys } = discovering(issuer)
    expectUnavailable(await send(app, tokens()))
    expect([elsewhere.fetches, keys().fetches['redirect']]).toEqual([0, 1])
  })
})
