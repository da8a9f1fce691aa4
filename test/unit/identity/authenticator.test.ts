import type { Request } from 'express'
import fc from 'fast-check'
import { anonymous } from '../../../src/claims/principal.js'
import { parseIssuer } from '../../../src/config/issuer.js'
import { authenticator } from '../../../src/identity/authenticator.js'
import { createTestIssuer } from '../../../src/testing.js'

const issuer = createTestIssuer()

/** As much of a request as credentials are read from. */
function request(token?: string): Request {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return { url: '/', headers, rawHeaders: Object.entries(headers).flat() } as unknown as Request
}

test('no credentials are the anonymous principal', async () => {
  expect(await authenticator({ issuers: [issuer.settings] })(request())).toBe(anonymous)
})

test('a token gives the same frozen principal each time, also when asked twice at once', async () => {
  const authenticate = authenticator({ issuers: [issuer.settings] })
  const token = await issuer.token({ sub: 'ana', nested: { list: [1] } })
  const [first, second] = await Promise.all([authenticate(request(token)), authenticate(request(token))])
  expect(second).toBe(first)
  expect(await authenticate(request(token))).toBe(first)
  expect(Object.isFrozen(first)).toBe(true)
  expect(() => ((first.claims['nested'] as { list: number[] }).list[0] = 2)).toThrow(TypeError)
})

test('two tokens are two principals', async () => {
  const authenticate = authenticator({ issuers: [issuer.settings] })
  const [one, two] = await Promise.all([issuer.token({ sub: 'ana' }), issuer.token({ sub: 'ana', jti: '2' })])
  expect(await authenticate(request(one))).not.toBe(await authenticate(request(two)))
})

test('only so many are remembered, the one used longest ago goes first; 0 remembers none', async () => {
  const [a = '', b = '', c = ''] = await Promise.all(['a', 'b', 'c'].map((sub) => issuer.token({ sub })))
  const small = authenticator({ issuers: [issuer.settings], remembered: 2 })
  const [first, second] = [await small(request(a)), await small(request(b))]
  expect(await small(request(a))).toBe(first)
  await small(request(c))
  expect(await small(request(a))).toBe(first)
  expect(await small(request(b))).not.toBe(second)
  const none = authenticator({ issuers: [issuer.settings], remembered: 0 })
  expect(await none(request(a))).not.toBe(await none(request(a)))
})

test('a remembered token is asked for its time on each use', async () => {
  let now = Date.now()
  const authenticate = authenticator({ issuers: [issuer.settings], now: () => now })
  const token = await issuer.token({ sub: 'ana' })
  await authenticate(request(token))
  now += 2 * 3_600_000
  await expect(authenticate(request(token))).rejects.toMatchObject({
    code: 'INVALID_TOKEN',
    detail: 'The token has expired.',
  })
})

test('the principal is what its issuer says it is', async () => {
  const cognito = createTestIssuer({
    issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/pool',
    audience: ['a', 'b'],
    groupClaim: 'roles',
  })
  const caller = await authenticator({ issuers: [cognito.settings] })(
    request(await cognito.token({ sub: '1' })),
  )
  expect(caller).toMatchObject({
    provider: 'userPools',
    issuer: cognito.settings.issuer,
    groupPath: { text: 'roles' },
  })
})

test('issuers that cannot be told apart are refused at boot', () => {
  const named = (url: string, alias?: string) => parseIssuer({ ...issuer.options, issuer: url, alias })
  expect(() => authenticator({ issuers: [] })).toThrow('nobody is to be believed')
  expect(() =>
    authenticator({ issuers: [named('https://a.example', 'a'), named('https://a.example', 'b')] }),
  ).toThrow('issuers[1].issuer is that of issuers[0]')
  expect(() =>
    authenticator({ issuers: [named('https://a.example', ''), named('https://b.example')] }),
  ).toThrow('issuers[1].alias is missing: several issuers need one each')
  expect(() =>
    authenticator({ issuers: [named('https://a.example', 'x'), named('https://b.example', 'x')] }),
  ).toThrow('issuers[1].alias is that of issuers[0]')
})

test('whatever is changed in a good token, it is refused', async () => {
  const token = await issuer.token({ sub: 'ana', groups: ['Moderator'] })
  const authenticate = authenticator({ issuers: [issuer.settings] })
  await authenticate(request(token))
  const letter = fc.stringMatching(/^[\w.-]$/u)
  const change = fc.tuple(fc.nat(token.length), fc.nat(2), fc.array(letter, { maxLength: 3 }))
  await fc.assert(
    fc.asyncProperty(change, async ([at, cut, letters]) => {
      const changed = token.slice(0, at) + letters.join('') + token.slice(at + cut)
      fc.pre(changed !== token)
      await expect(authenticate(request(changed))).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    }),
    { numRuns: 2000 },
  )
})
