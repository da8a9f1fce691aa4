import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyOrigin } from '../../../src/config/issuer-key.js'
import { settingsFrom } from '../../../src/config/env.js'
import { issuersFromEnvironment } from '../../../src/config/issuers-from-environment.js'

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const good = {
  ISSUER: 'https://id.example.com/',
  AUDIENCE: 'api',
  JWKS_URL: 'https://id.example.com/jwks',
  NODE_ENV: 'production',
}
/** In a form that can be compared: to Jest any key equals any other. */
const shown = (keys: KeyOrigin) =>
  keys.kind === 'key' ? { ...keys, key: keys.key.export({ format: 'jwk' }) } : keys
const faultsOf = (env: Record<string, string | undefined>) => issuersFromEnvironment(env).faults

describe('one issuer', () => {
  test('nothing configured is nobody, but not in production', () => {
    expect(issuersFromEnvironment({ PATH: '/bin', PORT: '1' })).toEqual({ issuers: [], faults: [] })
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([
      'ISSUER is missing',
      'AUDIENCE is missing',
      'one of JWKS_URL, DISCOVERY, PUBLIC_KEY, PUBLIC_JWK, JWT_SECRET is missing: it says which keys to trust',
    ])
  })

  test('each variable is one option', () => {
    const { issuers, faults } = issuersFromEnvironment({
      ISSUER: good.ISSUER,
      AUDIENCE: 'api, web',
      AUDIENCE_CLAIM: 'azp',
      TOKEN_USE: 'access',
      STRICT_TYP: 'true',
      REQUIRED_CLAIMS: 'scope, $.a.b',
      MAX_TOKEN_AGE: '600',
      MAX_TOKEN_LIFETIME: '3600',
      ALGORITHMS: 'PS256,RS256',
      PUBLIC_KEY: pem.replaceAll('\n', String.raw`\n`),
      ISSUER_PROVIDER: 'userPools',
      IDENTITY_CLAIM: 'user_id',
      GROUP_CLAIM: '$.realm_access.roles',
      ISSUER_ALIAS: 'okta',
      ISSUER_GROUPS: 'trusted',
      IDENTITY_MATCH_PARTS: 'false',
      CLOCK_SKEW: '5',
    })
    expect(faults).toEqual([])
    expect(issuers).toMatchObject([
      {
        issuer: good.ISSUER,
        audience: ['api', 'web'],
        audienceClaim: 'azp',
        tokenUse: 'access',
        strictTyp: true,
        requiredClaims: [{ path: 'scope' }, { path: '$.a.b' }],
        maxAge: 600,
        maxLifetime: 3600,
        algorithms: ['PS256', 'RS256'],
        keys: { kind: 'key' },
        provider: 'userPools',
        identityClaim: 'user_id',
        groupClaim: '$.realm_access.roles',
        alias: 'okta',
        groups: 'trusted',
        matchParts: false,
        clockSkew: 5,
      },
    ])
  })

  test.each<[string, Record<string, string>, object]>([
    ['by JWKS_URL', { JWKS_URL: good.JWKS_URL }, { kind: 'jwks', url: new URL(good.JWKS_URL) }],
    [
      'by DISCOVERY',
      { DISCOVERY: 'true', JWKS_ORIGINS: 'https://a.example, https://b.example' },
      {
        kind: 'discovery',
        url: new URL('https://id.example.com/.well-known/openid-configuration'),
        origins: ['https://id.example.com', 'https://a.example', 'https://b.example'],
      },
    ],
    [
      'by PUBLIC_JWK',
      { PUBLIC_JWK: JSON.stringify(publicKey.export({ format: 'jwk' })) },
      { kind: 'key', key: publicKey.export({ format: 'jwk' }) },
    ],
    [
      'by JWT_SECRET',
      { JWT_SECRET: 'x'.repeat(32) },
      { kind: 'key', key: { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url') } },
    ],
  ])('its keys %s', (_, keys, origin) => {
    const { issuers } = issuersFromEnvironment({ ISSUER: good.ISSUER, AUDIENCE: 'api', ...keys })
    expect(issuers.map(({ keys: found }) => shown(found))).toEqual([origin])
  })

  test('REQUIRED_CLAIMS may be JSON, with values', () => {
    const read = (REQUIRED_CLAIMS: string) => issuersFromEnvironment({ ...good, REQUIRED_CLAIMS })
    expect(read('{"azp": ["web", "ios"], "email_verified": true}').issuers[0]?.requiredClaims).toEqual([
      { path: 'azp', values: ['web', 'ios'] },
      { path: 'email_verified', values: [true] },
    ])
    expect(read(' ["https://x.example/a,b"]').issuers[0]?.requiredClaims).toEqual([
      { path: 'https://x.example/a,b', values: undefined },
    ])
    expect(read('{"azp": "web"').faults).toEqual([expect.stringContaining('REQUIRED_CLAIMS must be a list')])
    expect(read('{"azp": "web", "azp": "ios"}').faults).toHaveLength(1)
  })

  test.each(['ISSUER', 'AUDIENCE', 'JWKS_URL'])('%s missing, empty or blank is said by name', (name) => {
    for (const value of [undefined, '', '  ']) {
      expect(faultsOf({ ...good, [name]: value })).toEqual([
        expect.stringMatching(new RegExp(`\\b${name}\\b.* is (?:missing|empty)`, 'u')),
      ])
    }
  })

  test.each([
    ['ALGORITHMS', ''],
    ['ALGORITHMS', 'RS256,'],
    ['AUDIENCE', 'api,'],
    ['AUDIENCE_CLAIM', ''],
    ['TOKEN_USE', ''],
    ['TOKEN_USE', 'Access'],
    ['STRICT_TYP', ''],
    ['STRICT_TYP', '1'],
    ['REQUIRED_CLAIMS', ''],
    ['REQUIRED_CLAIMS', 'azp,'],
    ['REQUIRED_CLAIMS', '[]'],
    ['MAX_TOKEN_AGE', ''],
    ['MAX_TOKEN_AGE', '1h'],
    ['MAX_TOKEN_LIFETIME', '0'],
    ['MAX_TOKEN_LIFETIME', '1e3'],
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
    ['PUBLIC_JWK', ''],
    ['JWT_SECRET', ''],
    ['DISCOVERY', ''],
    ['DISCOVERY', 'false'],
    ['JWKS_ORIGINS', ''],
    ['JWKS_ORIGINS', 'https://x.example'],
    ['JWKS_URL', 'http://id.example.com/jwks'],
  ])('%s=%j is a fault', (name, value) => {
    expect(faultsOf({ ...good, [name]: value }).join('\n')).toMatch(new RegExp(name, 'u'))
  })

  test.each(['IDENTITY_CLAIM', 'CLOCK_SKEW', 'JWT_SECRET', 'DISCOVERY'])('%s alone is not enough', (name) => {
    expect(faultsOf({ [name]: '5' })).toContain('ISSUER is missing')
  })

  test('plain http is for development', () => {
    const plain = { ...good, JWKS_URL: 'http://keycloak:8080/jwks' }
    expect(faultsOf(plain)).toEqual(['JWKS_URL must be an https URL'])
    expect(issuersFromEnvironment({ ...plain, NODE_ENV: undefined }).issuers).toHaveLength(1)
    const found = { ISSUER: 'http://keycloak:8080/realms/x', AUDIENCE: 'api', DISCOVERY: 'true' }
    expect(faultsOf({ ...found, NODE_ENV: 'production' })).toEqual(['ISSUER must be an https URL'])
    expect(issuersFromEnvironment(found).issuers).toHaveLength(1)
  })
})

const one = { issuer: 'https://one.example', audience: 'api', jwksUrl: 'https://one.example/jwks', alias: '' }
const two = { ...one, issuer: 'https://two.example', discovery: true, jwksUrl: undefined, alias: 'two' }

/** A way to give a list: the variable itself, or a file. */
const folder = mkdtempSync(join(tmpdir(), 'claimstake-issuers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'issuers.json')
const inline = (ISSUERS: string) => ({ ISSUERS })
const filed = (text: string) => {
  writeFileSync(file, text)
  return { ISSUERS_FILE: file }
}

describe.each<[string, (text: string) => Record<string, string>]>([
  ['ISSUERS', inline],
  ['ISSUERS_FILE', filed],
])('several issuers in %s', (variable, given) => {
  const faults = (list: unknown, env: object = {}) =>
    faultsOf({ ...given(typeof list === 'string' ? list : JSON.stringify(list)), ...env })

  test('are those of the list, in its order, with every option', () => {
    const options = {
      ...{
        audienceClaim: 'azp',
        tokenUse: 'any',
        requiredClaims: { azp: ['web'] },
        maxAge: 5,
        maxLifetime: 6,
      },
      ...{ provider: 'userPools', identityClaim: 'a::b', groupClaim: 'g', groups: 'none', matchParts: false },
    }
    const { issuers, faults: none } = issuersFromEnvironment(
      given(JSON.stringify([one, { ...two, ...options }])),
    )
    expect(none).toEqual([])
    expect(issuers).toMatchObject([
      { issuer: one.issuer, alias: '', keys: { kind: 'jwks' } },
      {
        ...options,
        issuer: two.issuer,
        requiredClaims: [{ path: 'azp', values: ['web'] }],
        keys: { kind: 'discovery' },
      },
    ])
  })

  test('may be one, which needs no alias', () => {
    const { issuers } = issuersFromEnvironment(given(JSON.stringify([{ ...one, alias: undefined }])))
    expect(issuers).toMatchObject([{ issuer: one.issuer, alias: undefined }])
  })

  test.each<[string, unknown, string[]]>([
    [
      'no JSON',
      '[{"secret": "hunter2"',
      [`${variable} is not JSON: look for a missing quote, or a comma too many`],
    ],
    ['plain text', 'hunter2', [`${variable} is not JSON: look for a missing quote, or a comma too many`]],
    [
      'a key twice',
      '[{"audience": "hunter2", "audience": "b"}]',
      [`${variable} is not JSON we can rely on: a key is repeated`],
    ],
    ['an object', one, [`${variable} is not a JSON list of issuers: it begins with [`]],
    ['null', 'null', [`${variable} is not a JSON list of issuers: it begins with [`]],
    ['an empty list', [], [`${variable} is an empty list: it must name an issuer`]],
    ['texts', ['hunter2'], [`${variable}[0]: must be an object with the options of an issuer`]],
    [
      'an option that there is not',
      [{ ...one, jwksUri: 'hunter2' }],
      [`${variable}[0]: jwksUri is not an option of an issuer`],
    ],
    [
      'no keys',
      [{ ...one, jwksUrl: undefined }],
      [
        `${variable}[0]: one of jwksUrl, discovery, publicKey, publicJwk, secret is missing: it says which keys to trust`,
      ],
    ],
    [
      'a short secret',
      [{ ...one, jwksUrl: undefined, secret: 'hunter2' }],
      [`${variable}[0].secret has 7 bytes, HS256 needs at least 32`],
    ],
    [
      'the same issuer twice',
      [one, { ...two, issuer: ` ${one.issuer} ` }],
      [`${variable}[1].issuer is that of ${variable}[0]`],
    ],
    [
      'the same alias twice',
      [one, two, { ...two, issuer: 'https://three.example' }],
      [`${variable}[2].alias is that of ${variable}[1]`],
    ],
    [
      'two that are as they are',
      [one, { ...two, alias: '' }],
      [`${variable}[1].alias is that of ${variable}[0]`],
    ],
    [
      'an alias of other letters',
      [one, { ...two, alias: 'Two' }],
      [`${variable}[1].alias may hold a-z, 0-9 and "-" only`],
    ],
    ['null as alias', [one, { ...two, alias: null }], [`${variable}[1].alias must be text`]],
    [
      'no alias',
      [{ ...one, alias: undefined }, two, { ...one, issuer: 'https://three.example', alias: undefined }],
      [0, 2].map(
        (at) =>
          `${variable}[${at}].alias is missing: several issuers need one each, so that ana of one is not ana of another ('' = names as they are)`,
      ),
    ],
    [
      'several faults: all of them',
      [
        { ...one, audience: '', algorithms: 'HS256' },
        { ...one, alias: undefined, clockSkew: -1 },
      ],
      [
        `${variable}[0].audience is empty`,
        `${variable}[0].algorithms lists HS256, which only goes with secret`,
        `${variable}[1].clockSkew must be 0 or more seconds`,
        `${variable}[1].issuer is that of ${variable}[0]`,
        expect.stringContaining(`${variable}[1].alias is missing`) as string,
      ],
    ],
  ])('refuses %s', (_name, list, expected) => {
    const found = faults(list)
    expect(found).toEqual(expected)
    expect(found.join('\n')).not.toContain('hunter2')
  })

  test('plain http is for development', () => {
    const list = [{ ...one, jwksUrl: 'http://keycloak:8080/jwks' }]
    expect(faults(list)).toEqual([])
    expect(faults(list, { NODE_ENV: 'production' })).toEqual([`${variable}[0].jwksUrl must be an https URL`])
  })

  test('do not go beside one in variables of its own', () => {
    expect(faults([one], { ISSUER: one.issuer, CLOCK_SKEW: '5' })).toEqual([
      `set one of these and not the others, or it is unclear whom to trust: ISSUER, CLOCK_SKEW; ${variable}`,
    ])
  })

  test('come with all other faults of the configuration, and how to name an issuer', () => {
    const env = { ...given('[]'), NODE_ENV: 'production', PORT: 'x' }
    expect(() => settingsFrom(env)).toThrow(
      new RegExp(
        String.raw`^The configuration cannot be used:\n  - PORT is not a whole number\n  - DATABASE_URL is missing.*\n  - SECRET is missing.*\n  - ${variable} is an empty list.*\n\nHow to name your issuer:\n`,
        'u',
      ),
    )
  })
})

test('ISSUERS does not go beside ISSUERS_FILE', () => {
  expect(faultsOf({ ...inline(JSON.stringify([one])), ...filed(JSON.stringify([one])) })).toEqual([
    'set one of these and not the others, or it is unclear whom to trust: ISSUERS; ISSUERS_FILE',
  ])
})

test.each(['', ' \n'])('a list that is %j is not taken for none', (blank) => {
  for (const name of ['ISSUERS', 'ISSUERS_FILE'])
    expect(faultsOf({ [name]: blank })).toEqual([`${name} is set but blank`])
  expect(faultsOf(filed(blank))).toEqual(['ISSUERS_FILE names an empty file'])
})

test('a file that cannot be read', () => {
  expect(faultsOf({ ISSUERS_FILE: join(folder, 'hunter2') })).toEqual([
    'ISSUERS_FILE names a file that is not there',
  ])
  expect(faultsOf({ ISSUERS_FILE: folder })).toEqual([
    'ISSUERS_FILE names a file that cannot be read: EISDIR',
  ])
  writeFileSync(file, Buffer.from([0x5b, 0xff, 0x5d]))
  expect(faultsOf({ ISSUERS_FILE: file })).toEqual(['ISSUERS_FILE is not JSON we can rely on: not UTF-8'])
})
