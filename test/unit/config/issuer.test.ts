import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { parseIssuer, type IssuerOptions } from '../../../src/config/issuer.js'
import { issuerFromEnvironment } from '../../../src/config/issuer-from-environment.js'

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curve = (namedCurve: string) => pem(generateKeyPairSync('ec', { namedCurve }).publicKey)
const secret = 'x'.repeat(64)
const jwksUrl = 'https://id.example.com/jwks'
const base = { issuer: 'https://id.example.com/', audience: 'api' }

function faults(options: object): string {
  try {
    parseIssuer(options as IssuerOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  return 'none'
}

test('fills in what is usual', () => {
  expect(parseIssuer({ ...base, jwksUrl })).toEqual({
    issuer: 'https://id.example.com/',
    audience: ['api'],
    algorithms: ['RS256', 'ES256'],
    keys: { kind: 'jwks', url: new URL(jwksUrl) },
    audienceClaim: undefined,
    tokenUse: 'access',
    strictTyp: false,
    requiredClaims: [],
    maxAge: undefined,
    maxLifetime: undefined,
    provider: 'oidc',
    identityClaim: undefined,
    groupClaim: undefined,
    alias: undefined,
    groups: 'prefixed',
    matchParts: true,
    clockSkew: 30,
  })
})

test('takes every option', () => {
  const options = {
    algorithms: ['PS256', 'PS512'],
    provider: 'userPools',
    identityClaim: 'a::b',
    groupClaim: '$.g[*]',
    groups: 'none',
    matchParts: false,
  } as const
  const settings = parseIssuer({
    issuer: ' https://x.example ',
    audience: ['a', ' b '],
    jwksUrl,
    ...options,
    alias: 'x-1',
    clockSkew: 0,
  })
  expect(settings).toMatchObject({
    ...options,
    issuer: 'https://x.example',
    audience: ['a', 'b'],
    alias: 'x-1',
    clockSkew: 0,
  })
})

test.each([
  ['RSA', pem(rsa.publicKey), 'RS256'],
  ['P-256', curve('P-256'), 'ES256'],
  ['P-384', curve('P-384'), 'ES384'],
  ['P-521', curve('P-521'), 'ES512'],
  ['RSA-PSS', pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey), 'PS256'],
])('without a list, a key of type %s has one algorithm', (_name, publicKey, algorithm) => {
  expect(parseIssuer({ ...base, publicKey }).algorithms).toEqual([algorithm])
})

test('a secret is for HS256 unless listed otherwise', () => {
  expect(parseIssuer({ ...base, secret }).algorithms).toEqual(['HS256'])
  expect(parseIssuer({ ...base, secret, algorithms: 'HS512' }).algorithms).toEqual(['HS512'])
})

test.each([
  ['https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc', 'userPools'],
  ['https://cognito-idp.cn-north-1.amazonaws.com.cn/x', 'userPools'],
  ['https://cognito-idp.eu-central-1.amazonaws.com.evil.example/x', 'oidc'],
  ['https://evil.example/cognito-idp.eu-central-1.amazonaws.com', 'oidc'],
  ['https://tenant.auth0.com/', 'oidc'],
])('%s is of kind %s', (issuer, provider) => {
  expect(parseIssuer({ ...base, issuer, jwksUrl }).provider).toBe(provider)
})

test.each<[string, object, string]>([
  ['no issuer', { issuer: undefined }, 'issuer is missing'],
  ['empty issuer', { issuer: '' }, 'issuer is empty'],
  ['blank issuer', { issuer: ' \t' }, 'issuer is empty'],
  ['an issuer that is no URL', { issuer: 'id.example.com' }, 'issuer must be an http(s) URL'],
  ['an issuer with a query', { issuer: 'https://x.example/?a' }, 'issuer must be an http(s) URL'],
  ['no audience', { audience: undefined }, 'audience is missing'],
  ['empty audience', { audience: '' }, 'audience is empty'],
  ['empty audience list', { audience: [] }, 'audience is empty'],
  ['a blank audience among others', { audience: ['api', ' '] }, 'audience is empty'],
  ['a number as audience', { audience: 1 }, 'audience must be text'],
  ['no algorithms', { algorithms: [] }, 'algorithms is empty'],
  ['none', { algorithms: ['none'] }, 'algorithms lists "none", which is not one of RS256'],
  ['lower case', { algorithms: 'rs256' }, 'algorithms lists "rs256"'],
  [
    'HS256 for published keys',
    { algorithms: ['RS256', 'HS256'] },
    'algorithms lists HS256, which only goes with secret',
  ],
  ['an empty key server', { jwksUrl: '' }, 'jwksUrl is empty'],
  ['a file', { jwksUrl: 'file:///etc/passwd' }, 'jwksUrl must be an https URL'],
  ['plain http', { jwksUrl: 'http://id.example.com/jwks' }, 'jwksUrl must be an https URL'],
  [
    'plain http to nearly this machine',
    { jwksUrl: 'http://127.0.0.1.evil.example/' },
    'jwksUrl must be an https URL',
  ],
  ['no key', { jwksUrl: undefined }, 'one of jwksUrl, discovery, publicKey, publicJwk, secret is missing'],
  ['two keys', { secret }, 'only one of jwksUrl, secret may be set'],
  ['a provider that is none', { provider: 'cognito' }, 'provider must be userPools or oidc'],
  [
    'a claim path that is none',
    { identityClaim: '$.a[' },
    'identityClaim is not a claim path: claim path "$.a["',
  ],
  ['J62 a prototype as group path', { groupClaim: '$.__proto__.x' }, 'groupClaim is not a claim path'],
  ['[*] as identity', { identityClaim: '$.a[*]' }, 'identityClaim is not a claim path'],
  ['a blank claim path', { groupClaim: ' ' }, 'groupClaim is empty'],
  ['a negative skew', { clockSkew: -1 }, 'clockSkew must be 0 or more'],
  ['an endless skew', { clockSkew: Infinity }, 'clockSkew must be'],
  ['an hour of skew', { clockSkew: 3600 }, 'clockSkew must be 300 seconds or less'],
  ['an alias of other letters', { alias: 'Okta::' }, 'alias may hold a-z, 0-9 and "-" only'],
  ['groups of a fourth kind', { groups: 'all' }, 'groups must be trusted, prefixed or none'],
  ['groups without a word', { groups: '' }, 'groups must be trusted'],
  ['text for whether parts match', { matchParts: 'false' }, 'matchParts must be true or false'],
  ['nothing for whether parts match', { matchParts: null }, 'matchParts must be true or false'],
  ['a misspelt option', { jwksUri: 'x' }, 'jwksUri is not an option of an issuer'],
])('refuses %s', (_name, change, message) => {
  expect(faults({ ...base, jwksUrl, ...change })).toContain(`- ${message}`)
})

const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
test.each<[string, object, string]>([
  ['a short secret', { secret: 'x'.repeat(31) }, 'secret has 31 bytes, HS256 needs at least 32'],
  [
    'a secret too short for HS512',
    { secret: 'x'.repeat(63), algorithms: ['HS256', 'HS512'] },
    'secret has 63 bytes, HS512 needs at least 64',
  ],
  ['a blank secret', { secret: ' '.repeat(40) }, 'secret is empty'],
  ['a secret for RS256', { secret, algorithms: 'RS256' }, 'secret does not fit RS256'],
  [
    'a public key for HS256',
    { publicKey: pem(rsa.publicKey), algorithms: 'HS256' },
    'publicKey does not fit HS256',
  ],
  [
    'an RSA key for ES256',
    { publicKey: pem(rsa.publicKey), algorithms: 'ES256' },
    'publicKey does not fit ES256',
  ],
  [
    'a P-384 key for ES256',
    { publicKey: curve('P-384'), algorithms: 'ES256' },
    'publicKey does not fit ES256',
  ],
  [
    'RSA of 1,024 bits',
    { publicKey: pem(weak.publicKey) },
    'publicKey has 1024 bits, RSA needs at least 2048',
  ],
  ['another curve', { publicKey: curve('secp256k1') }, 'publicKey must be an RSA key or an EC key'],
  [
    'Ed25519',
    { publicKey: pem(generateKeyPairSync('ed25519').publicKey) },
    'publicKey must be an RSA key or an EC key',
  ],
  [
    'a private key',
    { publicKey: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) },
    'publicKey is a private key',
  ],
  ['no PEM', { publicKey: 'x' }, 'publicKey is not a public key in PEM form'],
])('refuses %s', (_name, change, message) => {
  expect(faults({ ...base, ...change })).toContain(`- ${message}`)
})

test('http is fine to this machine, and elsewhere where it is permitted', () => {
  for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1']) {
    expect(parseIssuer({ ...base, jwksUrl: `http://${host}/jwks` }).keys).toMatchObject({ kind: 'jwks' })
  }
  expect(
    parseIssuer({ ...base, jwksUrl: 'http://keycloak:8080/jwks' }, { plainHttp: true }).keys,
  ).toBeInstanceOf(URL)
})

test('all faults come at once, and none repeats a secret', () => {
  const message = faults({
    issuer: '',
    algorithms: 'none',
    secret: 'hunter2',
    identityClaim: '$',
    clockSkew: 'x',
  })
  for (const option of ['issuer', 'audience', 'algorithms', 'secret', 'identityClaim', 'clockSkew']) {
    expect(message).toContain(`\n- ${option} `)
  }
  expect(message).not.toContain('hunter2')
  expect(inspect(parseIssuer({ ...base, secret }), { depth: 9 })).not.toContain('xxxx')
})

describe('from the environment', () => {
  const good = { ISSUER: base.issuer, AUDIENCE: 'api', JWKS_URL: jwksUrl, NODE_ENV: 'production' }

  test('nothing configured is nothing, but not in production', () => {
    expect(issuerFromEnvironment({ PATH: '/bin', PORT: '1' })).toBeUndefined()
    expect(() => issuerFromEnvironment({ NODE_ENV: 'production' })).toThrow(
      /- ISSUER is missing\n- AUDIENCE is missing\n- one of JWKS_URL, PUBLIC_KEY, JWT_SECRET is missing/u,
    )
  })

  test('each variable is one option', () => {
    const settings = issuerFromEnvironment({
      ISSUER: base.issuer,
      AUDIENCE: 'api, web',
      ALGORITHMS: 'PS256,RS256',
      PUBLIC_KEY: pem(rsa.publicKey).replaceAll('\n', String.raw`\n`),
      ISSUER_PROVIDER: 'userPools',
      IDENTITY_CLAIM: 'user_id',
      GROUP_CLAIM: '$.realm_access.roles',
      ISSUER_ALIAS: 'okta',
      ISSUER_GROUPS: 'trusted',
      IDENTITY_MATCH_PARTS: 'false',
      CLOCK_SKEW: '5',
    })
    expect(settings).toMatchObject({
      audience: ['api', 'web'],
      algorithms: ['PS256', 'RS256'],
      provider: 'userPools',
      identityClaim: 'user_id',
      groupClaim: '$.realm_access.roles',
      alias: 'okta',
      groups: 'trusted',
      matchParts: false,
      clockSkew: 5,
    })
  })

  test.each(['ISSUER', 'AUDIENCE', 'JWKS_URL'])(
    '%s missing, empty or blank is said by name, with how to set it',
    (name) => {
      for (const value of [undefined, '', '  ']) {
        const call = () => issuerFromEnvironment({ ...good, [name]: value })
        expect(call).toThrow(new RegExp(`\\b${name}\\b.* is (?:missing|empty)`, 'u'))
        expect(call).toThrow(/How to name your issuer/u)
      }
    },
  )

  test.each([
    ['ALGORITHMS', ''],
    ['ALGORITHMS', 'RS256,'],
    ['AUDIENCE', 'api,'],
    ['IDENTITY_CLAIM', ''],
    ['GROUP_CLAIM', ' '],
    ['CLOCK_SKEW', ''],
    ['CLOCK_SKEW', '1e9'],
    ['CLOCK_SKEW', '0x10'],
    ['ISSUER_PROVIDER', ''],
    ['ISSUER_ALIAS', ''],
    ['ISSUER_ALIAS', ' '],
    ['ISSUER_ALIAS', 'Okta'],
    ['ISSUER_GROUPS', ''],
    ['ISSUER_GROUPS', 'all'],
    ['IDENTITY_MATCH_PARTS', ''],
    ['IDENTITY_MATCH_PARTS', 'no'],
    ['IDENTITY_MATCH_PARTS', '0'],
    ['PUBLIC_KEY', ''],
    ['JWT_SECRET', ''],
    ['JWKS_URL', 'http://id.example.com/jwks'],
  ])('%s=%j is a fault', (name, value) => {
    expect(() => issuerFromEnvironment({ ...good, [name]: value })).toThrow(new RegExp(name, 'u'))
  })

  test.each(['IDENTITY_CLAIM', 'CLOCK_SKEW', 'JWT_SECRET'])('%s alone is not enough', (name) => {
    expect(() => issuerFromEnvironment({ [name]: '5' })).toThrow('ISSUER is missing')
  })

  test('plain http is for development', () => {
    const plain = { ...good, JWKS_URL: 'http://keycloak:8080/jwks' }
    expect(() => issuerFromEnvironment(plain)).toThrow('JWKS_URL must be an https URL')
    expect(issuerFromEnvironment({ ...plain, NODE_ENV: undefined })?.keys).toMatchObject({ kind: 'jwks' })
  })
})
