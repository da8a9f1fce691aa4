import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { forge, part } from '../security/forge.js'
import { tokenService } from '../security/token-service.js'
import { announce, Count, holdsAsync, patience } from './runs.js'

// SECURITY section 2, "any mutation of a valid token that changes decoded bytes is 401": tokens of five algorithms, changed
// at random in their text, in the bytes of a part, in the JSON of a part, or put together from several, against a service
// that listens. What is still one of the good tokens to the letter must be 200, so that the service is seen to work.

announce('token-mutations')

const batch = 50
const mutated = new Count('# tokens changed at random were refused', 4800)
const unchanged = new Count('# tokens came out as they were and were taken', 1)
const sameBytes = new Count('# of those refused were the same bytes, spelt differently', 10)

const now = Math.floor(Date.now() / 1000)
const secret = 'a secret of more than 32 bytes, for tests'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pss = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const signers: readonly (readonly [string, KeyObject | string, KeyObject | undefined])[] = [
  ['RS256', rsa.privateKey, rsa.publicKey],
  ['PS256', pss.privateKey, pss.publicKey],
  ['ES256', ec.privateKey, ec.publicKey],
  ['EdDSA', ed.privateKey, ed.publicKey],
  ['HS256', secret, undefined],
]
const issuerOf = (alg: string) => `https://${alg.toLowerCase()}.example.com/`
const issuers = signers.map(([alg, , publicKey]) =>
  parseIssuer({
    issuer: issuerOf(alg),
    audience: 'claimstake',
    alias: alg.toLowerCase(),
    algorithms: alg as 'RS256',
    ...(publicKey ? { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() } : { secret }),
  }),
)

/** Good tokens, by their text: who each is. */
const good = new Map<string, string>()
for (const [alg, key] of signers) {
  const common = { iss: issuerOf(alg), aud: 'claimstake', iat: now - 10, exp: now + 36_000 }
  const claims = [
    { ...common, sub: 'ana' },
    {
      ...common,
      sub: 'bo',
      groups: ['Admin', 'é\u{1f600}'],
      nbf: now - 10,
      nested: { a: [1, 2.5, null, true] },
    },
    { ...common, sub: '名前', scope: 'read write', 'https://x/y': '' },
  ]
  for (const [at, each] of claims.entries())
    good.set(
      forge({ alg, ...(at > 0 && { typ: 'JWT', kid: `key-${at}` }) }, each, key),
      `${alg.toLowerCase()}::${each.sub}`,
    )
}
const tokens = [...good.keys()]

let server: Server
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
beforeAll(async () => {
  server = createServer(tokenService(authenticator({ issuers })))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  agent.destroy()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
})

/** A whole number below a limit. */
type Draw = (below: number) => number

/** Numbers from one number (mulberry32): a failing token is made again from its seed. */
function drawing(seed: number): Draw {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
const pick = <Item>(draw: Draw, items: readonly Item[]) => items[draw(items.length)] as Item

type Mutation = (draw: Draw, token: string) => string

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')
const odd = [
  ...'.=+/%~!@#$&*(){}[]|;:,<>?"\'`^\\'.split(''),
  ' ',
  '\t',
  '\u00a0',
  '\u00ad',
  '\u00e9',
  '\u00ff',
  '%2E',
  '%00',
  '..',
  '==',
]

const inText: readonly Mutation[] = [
  (draw, text) => splice(text, draw(text.length), 1, pick(draw, alphabet)),
  (draw, text) => splice(text, draw(text.length + 1), 0, pick(draw, alphabet)),
  (draw, text) => splice(text, draw(text.length), 1 + draw(4), ''),
  (draw, text) => splice(text, draw(text.length + 1), draw(2), pick(draw, odd)),
  (draw, text) => splice(text, text.length - 1, 1, pick(draw, alphabet)),
  (draw, text) => {
    const at = draw(text.length)
    const letter = text.charAt(at)
    return splice(text, at, 1, letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())
  },
  (draw, text) => text.slice(0, draw(text.length)),
  (draw, text) => text + text.slice(0, draw(text.length)),
  (_, text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  (draw, text) => `${text}${'='.repeat(1 + draw(3))}`,
  (draw, text) => `${pick(draw, ['', ' ', '\t'])}${text}${pick(draw, ['', ' ', '\t', '  '])}`,
  (_, text) => encodeURIComponent(text),
]

/** Changes bytes. */
function bytesOf(draw: Draw, bytes: Buffer): Buffer {
  const at = draw(bytes.length)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  const random = Buffer.from(Array.from({ length: 1 + draw(3) }, () => draw(256)))
  return pick<() => Buffer>(draw, [
    () => Buffer.concat([before, random, after]),
    () => Buffer.concat([before, after.subarray(1 + draw(4))]),
    () => Buffer.concat([before, random, after.subarray(random.length)]),
    () => Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << draw(8))]), after.subarray(1)]),
    () => Buffer.concat([before, after, before]),
    () => Buffer.concat([after, before]),
    () => Buffer.from(bytes).reverse(),
    () => Buffer.alloc(bytes.length, pick(draw, [0, 0xff])),
    () => Buffer.concat([Buffer.from(pick(draw, ['\ufeff', '\0', ' ', '\n', '\u200b'])), bytes]),
    () => Buffer.concat([bytes, Buffer.from(pick(draw, ['\0', ' ', '\n', '}', ',{}', '//']))]),
    () => bytes.subarray(0, bytes.length >> 1),
  ])()
}

const values: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    1e308,
    '',
    'ana',
    'bo',
    'none',
    'None',
    'HS256',
    'RS256',
    'ES256',
    'PS256',
    'EdDSA',
    'HS512',
    'at+jwt',
    'id',
  ],
  ...[
    [],
    {},
    ['claimstake'],
    [['claimstake']],
    { a: 1 },
    ['Admin'],
    now + 1e6,
    now * 1000,
    'https://rs256.example.com/',
    'key-2',
    '../../dev/null',
  ],
]
const names = [
  'alg',
  'typ',
  'kid',
  'crit',
  'b64',
  'zip',
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'cty',
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'groups',
  '__proto__',
  'constructor',
  'x',
]

/** Changes JSON. */
function jsonOf(draw: Draw, text: string): string {
  const value = JSON.parse(text) as Readonly<Record<string, unknown>>
  const entries = Object.entries(value)
  const [name, old] = pick(draw, entries)
  const again = (changed: readonly (readonly [string, unknown])[]) =>
    JSON.stringify(Object.fromEntries(changed))
  return pick<() => string>(draw, [
    () => again(entries.map(([key, each]) => [key, key === name ? pick(draw, values) : each])),
    () => again(entries.filter(([key]) => key !== name)),
    () => again([...entries, [pick(draw, names), pick(draw, values)]]),
    () => again(entries.toReversed()),
    () => again(entries.map(([key, each]) => [key === name ? key.toUpperCase() : key, each])),
    () => again(entries.map(([key, each]) => [key === name ? `${key} ` : key, each])),
    () => JSON.stringify(value, null, 1 + draw(2)),
    () => text.replace('{', `{${JSON.stringify(name)}:${JSON.stringify(pick(draw, values))},`),
    () => text.replace('{', `{${JSON.stringify(name)}:${JSON.stringify(old)},`),
    () => text.replace(/"([a-z])/u, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`),
    () => text.replace(/:(\d+)/u, pick(draw, [':$1.0', ':$1e0', ':$10', ':-$1', ':"$1"', ': $1'])),
    () => text.normalize(pick(draw, ['NFD', 'NFKC'])),
    () => `[${text}]`,
    () => JSON.stringify(text),
    () => text.slice(0, -1),
  ])()
}

const inParts: readonly Mutation[] = [
  (draw, token) => inOne(draw, token, 3, (bytes) => bytesOf(draw, bytes)),
  (draw, token) => inOne(draw, token, 2, (bytes) => Buffer.from(jsonOf(draw, bytes.toString()))),
  (draw, token) => inOne(draw, token, 2, (bytes) => Buffer.from(jsonOf(draw, bytes.toString()))),
  (draw, token) => inOne(draw, token, 3, (bytes) => Buffer.from(bytes.toString('base64url'))),
  (draw, token) => inOne(draw, token, 3, (bytes) => Buffer.from(bytes.toString('latin1'), 'utf8')),
]

const ofSeveral: readonly Mutation[] = [
  (draw, token) => {
    const parts = token.split('.')
    const at = draw(3)
    return parts
      .map((each, place) => (place === at ? (pick(draw, tokens).split('.')[place] ?? '') : each))
      .join('.')
  },
  (draw, token) => {
    const parts = token.split('.')
    const from = draw(3)
    return parts.with(draw(3), parts[from] ?? '').join('.')
  },
  (draw, token) => token.split('.').with(draw(3), '').join('.'),
  (draw, token) => token.split('.').toSpliced(draw(3), 1).join('.'),
  (draw, token) =>
    token
      .split('.')
      .toSpliced(draw(4), 0, pick(draw, ['', 'AA', part({}), part('x')]))
      .join('.'),
  (_, token) => token.split('.').toReversed().join('.'),
  (draw, token) => `${token}.${pick(draw, tokens)}`,
  (draw, token) => `${token}${pick(draw, [',', ';', '.', '~', '|'])}${pick(draw, tokens)}`,
  // What others have fallen for: another algorithm over the same claims, under what everybody knows.
  (draw, token) => {
    const alg = pick(draw, ['none', 'None', 'HS256', 'HS384', 'RS256', 'ES256', 'PS256', 'EdDSA'])
    const [, publicKey] = pick(draw, publicTexts)
    return forge({ alg }, claimsOf(token), publicKey, 'HS256')
  },
  (draw, token) =>
    `${part({ alg: pick(draw, ['none', 'NONE', 'nOnE']) })}.${token.split('.')[1] ?? ''}.${pick(draw, ['', 'AA'])}`,
  (draw, token) => {
    const [alg, key] = pick(draw, strangers)
    return forge({ alg, jwk: {} }, claimsOf(token), key)
  },
  (draw, token) => {
    const [alg, key] = pick(draw, strangers)
    return forge({ alg }, claimsOf(token), key)
  },
]
const publicTexts = signers.flatMap(([alg, , key]) =>
  key ? [[alg, key.export({ type: 'spki', format: 'pem' }).toString()] as const] : [],
)
const strangers: readonly (readonly [string, KeyObject | string])[] = [
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['EdDSA', generateKeyPairSync('ed25519').privateKey],
  ['HS256', ''],
  ['HS256', 'secret'],
]

const mutations = [...inText, ...inParts, ...inParts, ...inParts, ...ofSeveral]

function splice(text: string, at: number, removed: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at + removed)
}

function inOne(draw: Draw, token: string, parts: number, change: (bytes: Buffer) => Buffer): string {
  const at = draw(parts)
  const all = token.split('.')
  return all.with(at, change(Buffer.from(all[at] ?? '', 'base64url')).toString('base64url')).join('.')
}

function claimsOf(token: string): Buffer {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url')
}

/** As a lenient reader takes it apart. */
function decoded(token: string): string {
  return token
    .split('.')
    .map((each) => Buffer.from(each, 'base64url').toString('hex'))
    .join('.')
}
const decodedGood = new Set(tokens.map(decoded))

function send(token: string): Promise<{ status: number; body: string }> {
  const { port } = server.address() as AddressInfo
  const headers = { authorization: `Bearer ${token}` }
  return new Promise((done, failed) => {
    const call = httpRequest({ host: '127.0.0.1', port, agent, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('end', () => done({ status: response.statusCode ?? 0, body }))
    })
    call.on('error', failed)
    call.end()
  })
}

async function tryOne(seed: number): Promise<void> {
  const draw = drawing(seed)
  const token = pick(draw, tokens)
  const text = pick(draw, mutations)(draw, token)
  const { status, body } = await send(text)
  // White space behind a header value is none of its text (RFC 9110 section 5.5), and before the token may be several spaces.
  const meant = text.replace(/^ +|[ \t]+$/gu, '')
  const who = good.get(meant)
  const shown = `seed ${seed}: ${token}\nbecame ${JSON.stringify(text)}\n=> ${status} ${body}`
  if (who !== undefined) {
    unchanged.add()
    if (status !== 200 || (JSON.parse(body) as { identity: unknown }).identity !== who) throw new Error(shown)
    return
  }
  // More than one word is no token at all: RFC 6750 has that as a bad request.
  if (status !== 401 && !(status === 400 && (meant === '' || /\s/u.test(meant)))) throw new Error(shown)
  const { code } = JSON.parse(body) as { code: unknown }
  if (code !== (status === 401 ? 'INVALID_TOKEN' : 'MALFORMED_CREDENTIALS')) throw new Error(shown)
  mutated.add()
  if (decodedGood.has(decoded(meant))) sameBytes.add()
}

test('every good token is good', async () => {
  for (const [token, who] of good) {
    const { status, body } = await send(token)
    expect([status, (JSON.parse(body) as { identity: unknown }).identity]).toEqual([200, who])
  }
})

test(
  'any change to a token is 401',
  async () => {
    const seeds = fc.array(fc.noBias(fc.integer({ min: 0, max: 2 ** 32 - 1 })), {
      minLength: batch,
      maxLength: batch,
    })
    await holdsAsync(
      fc.asyncProperty(seeds, async (all) => {
        await Promise.all(all.map(tryOne))
      }),
      5700 / batch,
      { endOnFailure: true },
    )
  },
  patience,
)

test('enough were tried', () => {
  for (const count of [mutated, unchanged, sameBytes]) count.expectEnough()
})
