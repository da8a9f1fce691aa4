import { readdirSync, readFileSync } from 'node:fs'
import { failures } from '../../src/errors.js'

const page = readFileSync('docs/errors.md', 'utf8')
const table = Object.entries(failures).map(([code, { status, title }]) => ({ code, status, title }))

/** The sections whose heading is a code: `## NOT_FOUND`, then `404 · Not found`. */
const sections = page
  .split(/^## /mu)
  .slice(1)
  .filter((text) => /^[A-Z_]+\n/u.test(text))
  .map((text) => {
    const [code = '', line = '', ...rest] = text.split('\n').filter((each) => each.trim() !== '')
    const [status, title] = line.split(' · ')
    return { code, status: Number(status), title, text: rest.join('\n') }
  })

/** The source, file by file, without what is generated and without the table itself. */
const source = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('generated') && file !== 'errors.ts')
  .map((file) => readFileSync(`src/${file}`, 'utf8'))
  .join('\n')

test('docs/errors.md describes each code, with its status and title, in the order of the table', () => {
  expect(sections.map(({ code, status, title }) => ({ code, status, title }))).toEqual(table)
})

test.each(sections)('$code says when it happens and what to do', ({ text }) => {
  expect(text).toMatch(/\*\*When\.\*\* \S/u)
  expect(text).toMatch(/\*\*What to do\.\*\* \S/u)
})

test('each code of the table can happen: somewhere in the source it is made', () => {
  const unused = table.filter(({ code }) => !source.includes(`'${code}'`)).map(({ code }) => code)
  expect(unused).toEqual([])
})

test('each code that the source makes is in the table', () => {
  const made = [...source.matchAll(/new ClaimstakeError\(\s*'(?<code>\w+)'/gu)].map(
    ({ groups }) => groups?.['code'],
  )
  expect(made.length).toBeGreaterThan(15)
  expect(made.filter((code) => !Object.hasOwn(failures, code ?? ''))).toEqual([])
})

test('docs/errors.md explains each kind of fault, and no other', () => {
  const kinds = /code: (?:\w+ \? )?'(?<first>[a-z_]+)'(?: : '(?<second>[a-z_]+)')?/gu
  const made = [...source.matchAll(kinds)].flatMap(({ groups }) => [groups?.['first'], groups?.['second']])
  const [, faults = ''] = page.split(/^## Faults$/mu)
  const explained = [...(faults.split(/^## /mu)[0] ?? '').matchAll(/^\| `(?<code>\w+)`/gmu)].map(
    ({ groups }) => groups?.['code'],
  )
  expect([...new Set(made.filter((kind) => kind !== undefined))].sort()).toEqual(explained.sort())
})
