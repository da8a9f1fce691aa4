import { settingsFrom } from '../../../src/config/env.js'

test.each([
  ['TOKENUSE', 'TOKEN_USE'],
  ['REVOCATION', 'REVOCATIONS'],
  ['ISSUERS_FILES', 'ISSUERS_FILE'],
  ['issuer', 'ISSUER'],
  ['JWKS_URLS', 'JWKS_URL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
])('%s is told to mean nothing', (name, meant) => {
  expect(settingsFrom({ [name]: 'canary' }).misspelt).toEqual([
    `${name} is set, and means nothing here: is it to be ${meant}?`,
  ])
})

test("nothing is said of ours, nor of others' variables", () => {
  const others = {
    HOSTNAME: 'x',
    PATH: 'x',
    npm_config_cache: 'x',
    PGPORT: 'x',
    HOME: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  }
  expect(settingsFrom({ ...others, PORT: '3000', REVOCATIONS: 'true' }).misspelt).toEqual([])
})
