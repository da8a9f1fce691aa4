import { readFileSync } from 'node:fs'
import { settingsFrom, variables } from '../../src/config/env.js'
import { issuersFromEnvironment } from '../../src/config/issuers-from-environment.js'

interface Row {
  readonly name: string
  readonly standard: string
}

const page = readFileSync('docs/configuration.md', 'utf8')
const example = readFileSync('.env.example', 'utf8')

/** The rows of the table under a heading: `` | `PORT` | type | `3000` | meaning | ``. */
function rowsUnder(heading: string): Row[] {
  const [, below = ''] = page.split(`## ${heading}\n`)
  return [...(below.split(/^## /mu)[0] ?? '').matchAll(/^\| `(?<name>\w+)`.*$/gmu)].map(
    ([line, name = '']) => ({
      name,
      standard: line.split('|').at(-3)?.trim() ?? '',
    }),
  )
}

const service = rowsUnder('Service')
const issuer = rowsUnder('Token issuer')
const several = rowsUnder('Several issuers').map(({ name }) => name)

/** The names that issuers-from-environment.ts reads, as they stand in its table of variables. */
const issuerNames = [
  ...(/^const variables = \{(?<table>[^}]+)\}/mu
    .exec(readFileSync('src/config/issuers-from-environment.ts', 'utf8'))
    ?.groups?.['table']?.matchAll(/: '(?<name>\w+)'/gu) ?? []),
].map(({ groups }) => groups?.['name'] ?? '')

const commented = [...example.matchAll(/^# (?<name>[A-Z][A-Z_]+)=(?<value>.*)$/gmu)].map(({ groups }) => ({
  name: groups?.['name'] ?? '',
  value: groups?.['value'] ?? '',
}))

const sorted = (names: readonly string[]) => [...names].sort()

/** What a variable is when nobody sets it; `undefined` where it then has no value. */
function defaultOf(name: string): string | undefined {
  return [variables[name as keyof typeof variables].parse(undefined)].flat()[0]?.toString()
}

describe('docs/configuration.md', () => {
  test('lists every variable of the service once, in the order of env.ts, and no other', () => {
    expect(service.map(({ name }) => name)).toEqual(Object.keys(variables))
  })

  test('lists every variable of the issuer once, and no other', () => {
    expect(issuerNames).toContain('ISSUER')
    expect(sorted(issuer.map(({ name }) => name))).toEqual(sorted(issuerNames))
  })

  test.each(service)('names the default of $name', ({ name, standard }) => {
    const value = defaultOf(name)
    if (value === undefined) expect(standard).not.toMatch(/^`[^`]*`$/u)
    else expect(standard).toBe(`\`${value}\``)
  })

  test('names the defaults of the issuer', () => {
    const [read] = issuersFromEnvironment({
      ISSUER: 'https://id.example.com/',
      AUDIENCE: 'api',
      JWKS_URL: 'https://id.example.com/jwks',
    }).issuers
    const standards = Object.fromEntries(issuer.map(({ name, standard }) => [name, standard]))
    expect(standards['CLOCK_SKEW']).toBe(`\`${read?.clockSkew}\``)
    expect(standards['ALGORITHMS']).toContain(`\`${read?.algorithms.join(',')}\``)
    expect(standards['TOKEN_USE']).toBe(`\`${read?.tokenUse}\``)
    expect(standards['STRICT_TYP']).toBe(`\`${read?.strictTyp}\``)
    expect(standards['ISSUER_GROUPS']).toBe(`\`${read?.groups}\``)
    for (const name of [
      'ISSUER',
      'AUDIENCE',
      'JWKS_URL',
      'DISCOVERY',
      'PUBLIC_KEY',
      'PUBLIC_JWK',
      'JWT_SECRET',
    ])
      expect(standards[name]).toBe('none')
  })

  test('lists the variables for several issuers', () => {
    expect(several).toEqual(['ISSUERS', 'ISSUERS_FILE'])
    for (const name of several) expect(issuersFromEnvironment({ [name]: '[]' }).faults[0]).toContain(name)
  })

  test.each(issuerNames)('%s alone is not enough, as it says', (name) => {
    const { issuers, faults } = issuersFromEnvironment({ [name]: name === 'CLOCK_SKEW' ? '30' : 'x' })
    expect([issuers.length, faults.length > 0]).toEqual([0, true])
  })

  test('names what production needs, and production needs just that', () => {
    const complete = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgresql://user@localhost/app',
      SECRET: 'x'.repeat(32),
      ISSUER: 'https://id.example.com/',
      AUDIENCE: 'api',
      JWKS_URL: 'https://id.example.com/jwks',
    }
    expect(settingsFrom(complete).production).toBe(true)
    const [, production = ''] = page.split('## Production\n')
    for (const name of Object.keys(complete).filter((each) => each !== 'NODE_ENV')) {
      expect(() => settingsFrom({ ...complete, [name]: undefined })).toThrow(name)
      if (name !== 'JWKS_URL') expect(production).toContain(`\`${name}\``)
    }
  })
})

describe('.env.example', () => {
  test('has every variable once, and changes nothing while it is only copied', () => {
    expect(sorted(commented.map(({ name }) => name))).toEqual(
      sorted([...Object.keys(variables), ...issuerNames, ...several]),
    )
    expect(example.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([])
  })

  test.each(commented.filter(({ name }) => Object.hasOwn(variables, name)))(
    '$name=$value is its default, or a value it takes',
    ({ name, value }) => {
      const standard = defaultOf(name)
      if (standard !== undefined) expect(value).toBe(standard)
      expect(() => settingsFrom({ [name]: value })).not.toThrow()
    },
  )
})
