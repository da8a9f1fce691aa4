import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { developmentFolder, developmentIssuer } from '../../../src/identity/development-issuer.js'
import { authenticator } from '../../../src/identity/authenticator.js'
import { send, tokenService } from '../../security/token-service.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const script = fileURLToPath(new URL('../../../scripts/token.ts', import.meta.url))
let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'claimstake-token-'))))
afterAll(() => rmSync(folder, { recursive: true }))

function run(args: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env
  return spawnSync(process.execPath, ['--import', tsx, script, ...args], {
    cwd: folder,
    env: { PATH, ...env },
    encoding: 'utf8',
  })
}

test('prints a token, and only that, which the service of this folder accepts', async () => {
  const { status, stdout, stderr } = run(['sub=ana', 'groups=["Moderator"]', '--expires-in', '5m'])
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/u)
  const { settings } = await developmentIssuer(join(folder, developmentFolder))
  const response = await send(tokenService(authenticator({ issuers: [settings] })), stdout.trim())
  expect(response.body).toMatchObject({ identity: 'ana', groups: ['Moderator'] })
})

test('takes JSON as JSON and the rest as text', () => {
  const { stdout } = run([
    'n=7',
    't=00123',
    'long=12345678901234567890',
    'q="7"',
    'b=true',
    'e=',
    'eq=a=b',
    'x=null',
  ])
  const claims: unknown = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())
  const expected = {
    n: 7,
    t: '00123',
    long: '12345678901234567890',
    q: '7',
    b: true,
    e: '',
    eq: 'a=b',
    x: null,
  }
  expect(claims).toMatchObject(expected)
})

test.each([
  [['ana'], '"ana" is not name=value'],
  [['=ana'], 'is not name=value'],
  [['a=1', 'a=2'], 'a claim is given twice'],
  [['--nonsense'], "Unknown option '--nonsense'"],
  [['a=1', '--expires-in', 'soon'], 'Usage:'],
])('explains itself after %j', (args, message) => {
  const { status, stdout, stderr } = run(args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
  expect(stderr).toContain('Usage: npm run --silent token --')
})

test('refuses where its tokens would be refused', () => {
  const issuer = {
    ISSUER: 'https://id.example.com/',
    AUDIENCE: 'api',
    JWKS_URL: 'https://id.example.com/jwks',
  }
  expect(run(['a=1'], { NODE_ENV: 'production' })).toMatchObject({ status: 2, stdout: '' })
  const beside = run(['a=1'], issuer)
  expect(beside).toMatchObject({ status: 2, stdout: '' })
  expect(beside.stderr).toContain('The service trusts https://id.example.com/, so')
  writeFileSync(join(folder, '.env'), 'ISSUER=https://id.example.com/\nAUDIENCE=\n')
  expect(run(['a=1'])).toMatchObject({ status: 2, stdout: '' })
  rmSync(join(folder, '.env'))
})
