import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { algorithms } from '../../src/config/algorithm.js'
import { compiledService, type CompiledService } from '../support/compiled-service.js'

// SECURITY T5: the compiled service, started as its image starts it, with one setting missing, empty or white space.

let service: CompiledService
beforeAll(() => {
  service = compiledService()
  writeFileSync(join(service.folder, 'empty.json'), '')
  writeFileSync(join(service.folder, 'none.json'), '[]')
}, 60_000)
afterAll(() => {
  service.remove()
})

interface End {
  readonly code: number | null
  readonly seconds: number
  readonly text: string
}

/** Starts the service and waits for its end; one that goes on is killed after a while, and its code is then `null`. */
async function start(env: Readonly<Record<string, string | undefined>>): Promise<End> {
  const began = performance.now()
  const { process, exited, output } = service.start(env)
  const timer = setTimeout(() => process.kill('SIGKILL'), 15_000)
  const code = await exited
  clearTimeout(timer)
  return { code, text: output(), seconds: (performance.now() - began) / 1000 }
}

/** Everything that is needed. Nobody listens at the database's port 9. */
const complete = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://canary@127.0.0.1:9/canary',
  SECRET: 'canary'.repeat(6),
  ISSUER: 'https://canary.example.com/',
  AUDIENCE: 'canary',
  JWKS_URL: 'https://canary.example.com/jwks',
}
const noKey = { ...complete, JWKS_URL: undefined }
const noIssuer = { NODE_ENV: 'production', DATABASE_URL: complete.DATABASE_URL, SECRET: complete.SECRET }
const sources =
  'one of JWKS_URL, DISCOVERY, PUBLIC_KEY, PUBLIC_JWK, JWT_SECRET is missing: it says which keys to trust'
const list = (change: object) =>
  JSON.stringify([{ issuer: complete.ISSUER, audience: 'canary', jwksUrl: complete.JWKS_URL, ...change }])

const database = 'the address of your Postgres, postgresql://user:password@host:5432/name'
const secret = '32 random characters or more, which seal cursors and ETags (openssl rand -hex 32)'
const blanks = [
  ['empty', ''],
  ['white space', ' \t '],
] as const
const cases: [string, Readonly<Record<string, string | undefined>>, string][] = [
  ['DATABASE_URL missing', { ...complete, DATABASE_URL: undefined }, `DATABASE_URL is missing: ${database}`],
  ['SECRET missing', { ...complete, SECRET: undefined }, `SECRET is missing: ${secret}`],
  ['ISSUER missing', { ...complete, ISSUER: undefined }, 'ISSUER is missing'],
  ['AUDIENCE missing', { ...complete, AUDIENCE: undefined }, 'AUDIENCE is missing'],
  ['every key missing', noKey, sources],
  ...blanks.flatMap(([name, blank]): typeof cases => [
    [
      `DATABASE_URL ${name}`,
      { ...complete, DATABASE_URL: blank },
      `DATABASE_URL is set but blank: ${database}`,
    ],
    [`SECRET ${name}`, { ...complete, SECRET: blank }, `SECRET is set but blank: ${secret}`],
    [`ISSUER ${name}`, { ...complete, ISSUER: blank }, 'ISSUER is empty'],
    [`AUDIENCE ${name}`, { ...complete, AUDIENCE: blank }, 'AUDIENCE is empty'],
    [`JWKS_URL ${name}`, { ...noKey, JWKS_URL: blank }, 'JWKS_URL is empty'],
    [`DISCOVERY ${name}`, { ...noKey, DISCOVERY: blank }, 'DISCOVERY must be true, or left out'],
    [`PUBLIC_KEY ${name}`, { ...noKey, PUBLIC_KEY: blank }, 'PUBLIC_KEY is empty'],
    [`PUBLIC_JWK ${name}`, { ...noKey, PUBLIC_JWK: blank }, 'PUBLIC_JWK is not one JSON Web Key'],
    [`JWT_SECRET ${name}`, { ...noKey, JWT_SECRET: blank }, 'JWT_SECRET is empty'],
    [
      `ALGORITHMS ${name}`,
      { ...complete, ALGORITHMS: blank },
      `ALGORITHMS lists "", which is not one of ${algorithms.join(', ')}`,
    ],
    [`ISSUERS ${name}`, { ...noIssuer, ISSUERS: blank }, 'ISSUERS is set but blank'],
    [`ISSUERS_FILE ${name}`, { ...noIssuer, ISSUERS_FILE: blank }, 'ISSUERS_FILE is set but blank'],
  ]),
  [
    'no issuer in ISSUERS',
    { ...noIssuer, ISSUERS: '[]' },
    'ISSUERS is an empty list: it must name an issuer',
  ],
  [
    'no issuer in ISSUERS_FILE',
    { ...noIssuer, ISSUERS_FILE: 'none.json' },
    'ISSUERS_FILE is an empty list: it must name an issuer',
  ],
  [
    'nothing in ISSUERS_FILE',
    { ...noIssuer, ISSUERS_FILE: 'empty.json' },
    'ISSUERS_FILE names an empty file',
  ],
  ['no file', { ...noIssuer, ISSUERS_FILE: 'canary.json' }, 'ISSUERS_FILE names a file that is not there'],
  [
    'no JSON in ISSUERS',
    { ...noIssuer, ISSUERS: 'canary' },
    'ISSUERS is not JSON: look for a missing quote, or a comma too many',
  ],
  [
    'no audience in ISSUERS',
    { ...noIssuer, ISSUERS: list({ audience: undefined }) },
    'ISSUERS[0].audience is missing',
  ],
  [
    'a blank issuer in ISSUERS',
    { ...noIssuer, ISSUERS: list({ issuer: ' ' }) },
    'ISSUERS[0].issuer is empty',
  ],
  [
    'no key in ISSUERS',
    { ...noIssuer, ISSUERS: list({ jwksUrl: undefined }) },
    'ISSUERS[0]: one of jwksUrl, discovery, publicKey, publicJwk, secret is missing: it says which keys to trust',
  ],
]

test.each(cases)('T5 %s: refuses to start within 5 s, and says what and how', async (_, env, fault) => {
  const { code, seconds, text } = await start(env)
  expect([code, seconds < 5]).toEqual([1, true])
  const [first, second, third] = text.trimStart().split('\n')
  expect([first, second]).toEqual(['The configuration cannot be used:', `  - ${fault}`])
  expect(third).toBe('')
  if (/^(?:DATABASE_URL|SECRET)/u.test(fault)) expect(text).not.toContain('How to name your issuer')
  else
    expect(text).toMatch(
      /\nHow to name your issuer:\n {2}ISSUER .*\n {2}AUDIENCE .*\n[^]*JWKS_URL[^]*ISSUERS_FILE/u,
    )
  expect(text).not.toContain('canary')
})

test('T5 nothing set at all: every fault at once, as docs/configuration.md shows it', async () => {
  const { code, text } = await start({ NODE_ENV: 'production' })
  expect(code).toBe(1)
  const [, shown] =
    /```\n(The configuration cannot be used:[^`]*)```/u.exec(readFileSync('docs/configuration.md', 'utf8')) ??
    []
  expect(text.trim()).toBe(shown?.trim())
})

test('with everything set it goes on, as far as its database, which is not there', async () => {
  for (const env of [complete, { ...noIssuer, ISSUERS: list({}) }]) {
    const { text } = await start(env)
    expect(text).not.toContain('The configuration cannot be used')
    expect(text).toMatch(/database|DATABASE_URL|Postgres/u)
  }
})
