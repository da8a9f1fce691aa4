import { parseIssuer } from '../../../src/config/issuer.js'
import { isPrincipal, principal } from '../../../src/claims/principal.js'
import { createTestIssuer } from '../../../src/testing.js'

const claims = { sub: 'ana', nested: { list: [1] } }

test('claims are copied and frozen, so that nobody changes a caller', () => {
  const own = structuredClone(claims)
  const ana = principal({ provider: 'oidc', issuer: 'i', claims: own })
  own.nested.list.push(2)
  expect(ana.claims).toEqual(claims)
  expect(() => (ana.claims['nested'] as { list: number[] }).list.push(2)).toThrow('not extensible')
  expect(() => Object.assign(ana, { provider: 'apiKey' })).toThrow(TypeError)
})

test('a caller of a custom authorizer has the alias and the trust that it gives by default', () => {
  const made = principal({ provider: 'function', issuer: '', claims })
  expect(made).toMatchObject({ alias: 'custom', groups: 'trusted' })
  const asIs = principal({ provider: 'function', issuer: '', claims, alias: '', groups: 'none' })
  expect(asIs).toMatchObject({ alias: '', groups: 'none' })
  expect(principal({ provider: 'oidc', issuer: 'i', claims })).toMatchObject({
    alias: '',
    groups: 'prefixed',
  })
})

test('the settings of an issuer make the caller that its token would be', () => {
  const { options } = createTestIssuer({ alias: 'okta', identityClaim: 'user_id', groups: 'none' })
  expect(principal({ ...parseIssuer(options), claims })).toMatchObject({
    ...{ provider: 'oidc', issuer: options.issuer, alias: 'okta', groups: 'none', matchParts: true },
    identityPath: { text: 'user_id' },
  })
})

test('a provider that there is not is refused', () => {
  expect(() => principal({ provider: 'saml' as never, issuer: 'i', claims })).toThrow(
    new TypeError('there is no provider "saml"; there are userPools, oidc, apiKey, identityPool, function'),
  )
})

test('what is no principal is known', () => {
  const made = principal({ provider: 'oidc', issuer: 'i', claims })
  expect(isPrincipal(made)).toBe(true)
  for (const other of [undefined, null, 'ana', {}, { ...made }, Object.freeze({ claims })]) {
    expect(isPrincipal(other)).toBe(false)
  }
})
