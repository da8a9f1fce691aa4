import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { settingsFrom } from '../../../src/config/env.js'
import { openIssuers } from '../../../src/service/open-issuers.js'

const issuer = { issuer: 'https://id.example.com/', audience: 'api', discovery: true }

test.each([
  [undefined, 10_000],
  ['0', 0],
  ['1000000', 1_000_000],
])('TOKEN_CACHE_SIZE=%s is %d', (TOKEN_CACHE_SIZE, size) => {
  expect(settingsFrom({ TOKEN_CACHE_SIZE }).TOKEN_CACHE_SIZE).toBe(size)
})

test.each([
  ['', 'TOKEN_CACHE_SIZE is set but blank: give it a value, or take it away'],
  ['-1', 'TOKEN_CACHE_SIZE is not a whole number'],
  ['1000001', 'TOKEN_CACHE_SIZE is more than 1000000'],
])('TOKEN_CACHE_SIZE=%j is a fault', (TOKEN_CACHE_SIZE, fault) => {
  expect(() => settingsFrom({ TOKEN_CACHE_SIZE })).toThrow(`\n  - ${fault}`)
})

test('what is wrong with other settings comes without advice on issuers', () => {
  expect(() => settingsFrom({ PORT: 'x' })).toThrow(
    /^The configuration cannot be used:\n {2}- PORT is not a whole number$/u,
  )
})

describe('whom the service trusts', () => {
  let folder = ''
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'claimstake-env-'))))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is the issuer of this machine where none is configured, and nobody is in production', async () => {
    const settings = { ...settingsFrom({}), DATA_FOLDER: folder }
    const { issuers, sign } = await openIssuers(settings)
    expect([issuers.map((each) => each.issuer), typeof sign]).toEqual([
      ['https://development.claimstake.invalid'],
      'function',
    ])
    expect(await openIssuers({ ...settings, production: true })).toEqual({ issuers: [] })
  })

  test('is who is configured, and then this machine signs nothing', async () => {
    const settings = settingsFrom({ ISSUERS: JSON.stringify([issuer]) })
    const opened = await openIssuers(settings)
    expect([opened.issuers, opened.sign]).toEqual([settings.issuers, undefined])
    expect(opened.issuers).toHaveLength(1)
  })
})
