import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { parseIssuer, type IssuerOptions } from '../../../src/config/issuer.js'

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curve = (namedCurve: string) => pem(generateKeyPairSync('ec', { namedCurve }).publicKey)
const ed25519 = generateKeyPairSync('ed25519')
const jwk = (key: KeyObject, members: object = {}) => ({ ...key.export({ format: 'jwk' }), ...members })
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
  ['Ed25519', pem(ed25519.publicKey), 'EdDSA'],
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
const kinds = 'must be an RSA key, an EC key on P-256, P-384 or P-521, or an Ed25519 key'
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
  ['another curve', { publicKey: curve('secp256k1') }, `publicKey ${kinds}`],
  [
    'a key for RSA-PSS alone, which jose cannot use',
    { publicKey: pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey) },
    `publicKey ${kinds}`,
  ],
  ['Ed448', { publicKey: pem(generateKeyPairSync('ed448').publicKey) }, `publicKey ${kinds}`],
  ['X25519', { publicKey: pem(generateKeyPairSync('x25519').publicKey) }, `publicKey ${kinds}`],
  [
    'an Ed25519 key for ES256',
    { publicKey: pem(ed25519.publicKey), algorithms: ['EdDSA', 'ES256'] },
    'publicKey does not fit ES256',
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
  expect(parseIssuer({ ...base, jwksUrl: 'http://keycloak:8080/jwks' }, { plainHttp: true }).keys).toEqual({
    kind: 'jwks',
    url: new URL('http://keycloak:8080/jwks'),
  })
})

describe('discovery', () => {
  const discovering = {
    issuer: 'https://id.example.com/realms/one',
    audience: 'api',
    discovery: true,
  } as const

  test.each([
    ['https://id.example.com', 'https://id.example.com/.well-known/openid-configuration'],
    ['https://id.example.com/', 'https://id.example.com/.well-known/openid-configuration'],
    ['https://id.example.com/a/', 'https://id.example.com/a/.well-known/openid-configuration'],
  ])('of %s is at %s, and leads nowhere else', (issuer, url) => {
    const { keys, algorithms } = parseIssuer({ ...discovering, issuer })
    // toMatchObject() takes any URL for any other.
    expect(keys).toEqual({ kind: 'discovery', url: new URL(url), origins: ['https://id.example.com'] })
    expect(algorithms).toEqual(['RS256', 'ES256'])
  })

  test('leads to other origins only if they are named', () => {
    const jwksOrigins = ['https://keys.example.com', 'https://www.example.org:8443']
    expect(parseIssuer({ ...discovering, jwksOrigins }).keys).toMatchObject({
      origins: ['https://id.example.com', ...jwksOrigins],
    })
  })

  test.each<[string, object, string]>([
    ['is switched off by name', { discovery: false }, 'discovery must be true, or left out'],
    ['is text', { discovery: 'true' }, 'discovery must be true, or left out'],
    ['goes by plain http', { issuer: 'http://id.example.com' }, 'issuer must be an https URL'],
    [
      'may lead to plain http',
      { jwksOrigins: 'http://keys.example.com' },
      'jwksOrigins must be an https URL',
    ],
    ['may lead anywhere', { jwksOrigins: '*' }, 'jwksOrigins is *: whoever can name a key server can sign'],
    [
      'may lead to a URL',
      { jwksOrigins: 'https://x.example/jwks' },
      'jwksOrigins is not an origin: write https://x.example',
    ],
    ['may lead to nothing', { jwksOrigins: [] }, 'jwksOrigins is empty'],
    ['stands beside a URL', { jwksUrl }, 'only one of jwksUrl, discovery may be set'],
    [
      'allows HS256',
      { algorithms: ['RS256', 'HS256'] },
      'algorithms lists HS256, which only goes with secret',
    ],
    [
      'is not there, but its origins',
      { discovery: undefined, jwksUrl, jwksOrigins: 'https://x.example' },
      'jwksOrigins only goes with discovery',
    ],
  ])('is refused where it %s', (_name, change, message) => {
    expect(faults({ ...discovering, ...change })).toContain(`- ${message}`)
  })

  test('by plain http is fine to this machine, and where that is permitted', () => {
    const open = { ...discovering, issuer: 'http://keycloak:8080/realms/x', jwksOrigins: 'http://keys:8080' }
    expect(parseIssuer(open, { plainHttp: true }).keys).toMatchObject({
      origins: ['http://keycloak:8080', 'http://keys:8080'],
    })
    const here = { ...discovering, issuer: 'http://localhost:8080', jwksOrigins: 'http://127.0.0.1:9' }
    expect(parseIssuer(here).keys).toMatchObject({ kind: 'discovery' })
  })
})

describe('publicJwk', () => {
  test.each<[string, object, string]>([
    ['an RSA key', jwk(rsa.publicKey), 'RS256'],
    [
      'an RSA key for PS384',
      jwk(rsa.publicKey, { alg: 'PS384', use: 'sig', kid: '1', key_ops: ['verify'] }),
      'PS384',
    ],
    ['an Ed25519 key', jwk(ed25519.publicKey), 'EdDSA'],
    ['a P-384 key', jwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), 'ES384'],
  ])('takes %s, as an object and as JSON, for the one algorithm it is for', (_name, publicJwk, algorithm) => {
    for (const form of [publicJwk as Record<string, unknown>, JSON.stringify(publicJwk)])
      expect(parseIssuer({ ...base, publicJwk: form })).toMatchObject({
        algorithms: [algorithm],
        keys: { kind: 'key' },
      })
  })

  test('takes an algorithm that it does not name, if it fits', () => {
    const publicJwk = jwk(rsa.publicKey)
    expect(parseIssuer({ ...base, publicJwk, algorithms: ['PS256', 'RS512'] }).algorithms).toEqual([
      'PS256',
      'RS512',
    ])
  })

  const octets = { kty: 'oct', k: Buffer.from(secret).toString('base64url') }
  test.each<[string, unknown, object, string]>([
    ['a private key', jwk(rsa.privateKey), {}, 'publicJwk is a private or shared key'],
    [
      'one of its private members',
      jwk(rsa.publicKey, { qi: 'AQAB' }),
      {},
      'publicJwk is a private or shared key',
    ],
    ['a shared secret', octets, {}, 'publicJwk is a private or shared key'],
    ['a shared secret for HS256', octets, { algorithms: 'HS256' }, 'publicJwk is a private or shared key'],
    ['an RSA key for HS256', jwk(rsa.publicKey), { algorithms: 'HS256' }, 'publicJwk does not fit HS256'],
    [
      'an RSA key for HS256, by its own word',
      jwk(rsa.publicKey, { alg: 'HS256' }),
      {},
      'publicJwk does not fit HS256',
    ],
    ['an RSA key of 1,024 bits', jwk(weak.publicKey), {}, 'publicJwk has 1024 bits, RSA needs at least 2048'],
    [
      'another algorithm than its own',
      jwk(rsa.publicKey, { alg: 'PS256' }),
      { algorithms: ['PS256', 'RS256'] },
      'algorithms lists RS256, but publicJwk is for PS256 alone',
    ],
    ['a key for encryption', jwk(rsa.publicKey, { use: 'enc' }), {}, 'publicJwk is not for signatures'],
    [
      'a key that only encrypts',
      jwk(rsa.publicKey, { key_ops: ['encrypt'] }),
      {},
      'publicJwk is not for signatures',
    ],
    [
      'a key for RSA-OAEP',
      jwk(rsa.publicKey, { alg: 'RSA-OAEP' }),
      {},
      'publicJwk has an "alg" that signs no tokens',
    ],
    [
      'a whole set',
      { keys: [jwk(rsa.publicKey)] },
      {},
      'publicJwk is not a public JSON Web Key of type RSA, EC or OKP',
    ],
    [
      'a point off its curve',
      jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, { y: 'AAAA' }),
      {},
      'publicJwk is not a public JSON Web Key',
    ],
    ['a list', [], {}, 'publicJwk is not one JSON Web Key'],
    ['no JSON', 'hunter2', {}, 'publicJwk is not one JSON Web Key'],
    ['blank text', ' ', {}, 'publicJwk is not one JSON Web Key'],
  ])('refuses %s', (_name, publicJwk, change, message) => {
    const text = faults({ ...base, publicJwk, ...change })
    expect(text).toContain(`- ${message}`)
    expect(text).not.toMatch(/hunter2|AQAB|eHh4/u)
  })
})

describe('what tokens must be', () => {
  const tokens = { ...base, jwksUrl }

  test.each<[string, IssuerOptions['requiredClaims'], object[]]>([
    [
      'a list of paths',
      ['azp', '$.a.b'],
      [
        { path: 'azp', values: undefined },
        { path: '$.a.b', values: undefined },
      ],
    ],
    ['one value', { email_verified: true }, [{ path: 'email_verified', values: [true] }]],
    [
      'several values',
      { azp: ['web', 'ios'], tier: 2 },
      [
        { path: 'azp', values: ['web', 'ios'] },
        { path: 'tier', values: [2] },
      ],
    ],
  ])('requiredClaims takes %s', (_name, requiredClaims, read) => {
    expect(parseIssuer({ ...tokens, requiredClaims }).requiredClaims).toEqual(read)
  })

  test('J62 a required claim that objects hold badly is not dropped: __proto__ without $ is a claim like any other', () => {
    const requiredClaims = JSON.parse('{"__proto__": "x"}') as Record<string, string>
    expect(parseIssuer({ ...tokens, requiredClaims }).requiredClaims).toEqual([
      { path: '__proto__', values: ['x'] },
    ])
  })

  test('every option about them', () => {
    const options = { tokenUse: 'any', audienceClaim: '$.for[*]', maxAge: 60, maxLifetime: 3600 } as const
    expect(parseIssuer({ ...tokens, ...options })).toMatchObject(options)
    expect(parseIssuer({ ...tokens, strictTyp: true, tokenUse: 'access' })).toMatchObject({ strictTyp: true })
  })

  const form = 'requiredClaims must be a list of claim paths, or an object of claim paths with the values'
  test.each<[string, object, string]>([
    ['a use of a fourth kind', { tokenUse: 'refresh' }, 'tokenUse must be access, id or any'],
    [
      'strictTyp for ID tokens',
      { strictTyp: true, tokenUse: 'id' },
      'strictTyp takes access tokens alone, and tokenUse says id',
    ],
    [
      'strictTyp for both kinds',
      { strictTyp: true, tokenUse: 'any' },
      'strictTyp takes access tokens alone, and tokenUse says any',
    ],
    ['text for strictTyp', { strictTyp: 'true' }, 'strictTyp must be true or false'],
    ['a blank audience claim', { audienceClaim: ' ' }, 'audienceClaim is empty'],
    ['an audience claim that is no path', { audienceClaim: '$.' }, 'audienceClaim is not a claim path'],
    [
      'J62 a prototype as audience claim',
      { audienceClaim: '$.constructor.name' },
      'audienceClaim is not a claim path',
    ],
    ['one text as required claims', { requiredClaims: 'azp' }, form],
    ['a blank required claim', { requiredClaims: ['azp', ''] }, 'requiredClaims'],
    [
      'J62 a prototype as required claim',
      { requiredClaims: ['$.__proto__.x'] },
      'requiredClaims is not a claim path',
    ],
    [
      'J62 a prototype as required claim with a value',
      { requiredClaims: { '$.__proto__.x': 'y' } },
      'requiredClaims is not a claim path',
    ],
    ['no value at all', { requiredClaims: { azp: [] } }, 'requiredClaims is empty'],
    [
      'an object as value',
      { requiredClaims: { azp: {} } },
      'requiredClaims must be text, a number, true or false',
    ],
    [
      'null as value',
      { requiredClaims: { azp: null } },
      'requiredClaims must be text, a number, true or false',
    ],
    ['no required claims in a list', { requiredClaims: [] }, 'requiredClaims is empty'],
    ['no required claims in an object', { requiredClaims: {} }, 'requiredClaims is empty'],
    ['an age of nothing', { maxAge: 0 }, 'maxAge must be 1 second or more'],
    ['half a second', { maxAge: 0.5 }, 'maxAge must be a whole number of seconds'],
    ['an endless life', { maxLifetime: Infinity }, 'maxLifetime must be a whole number of seconds'],
    ['milliseconds', { maxLifetime: 3_600_000_000 }, 'maxLifetime must be ten years or less, in seconds'],
    ['an age as text', { maxAge: '60' }, 'maxAge must be a whole number of seconds'],
  ])('refuses %s', (_name, change, message) => {
    expect(faults({ ...tokens, ...change })).toContain(`- ${message}`)
  })
})

test.each([null, undefined, 'x', 1, [base]])('refuses %j, which is no issuer', (options) => {
  expect(faults(options as unknown as object)).toBe(
    'The issuer cannot be used:\n- must be an object with the options of an issuer',
  )
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
