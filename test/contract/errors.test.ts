import { readdirSync, readFileSync } from 'node:fs'
import { failures, faultCodes } from '../../src/errors.js'

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

describe('faults', () => {
  test('docs/errors.md explains each kind, in the order of the list', () => {
    const [, text = ''] = page.split(/^## Faults$/mu)
    const rows = [...(text.split(/^## /mu)[0] ?? '').matchAll(/^\| `(?<code>\w+)` +\| \S/gmu)]
    expect(rows.map(({ groups }) => groups?.['code'])).toEqual(faultCodes)
  })

  // That no other one is made, the compiler sees to.
  test.each(faultCodes)('%s can happen: somewhere in the source it is made', (code) => {
    expect(source).toMatch(new RegExp(`\\bcode: (?:[^,}\\n]*[?:] )?'${code}'`, 'u'))
  })
})

describe.each(['openapi', 'openapi-3.0'])('openapi/%s.json', (name) => {
  const { components, paths } = JSON.parse(readFileSync(`openapi/${name}.json`, 'utf8')) as OpenApi
  const responses = Object.entries(components.responses).map(([response, { description, content }]) => ({
    response,
    status: content['application/problem+json'].example.status,
    meant: [...description.matchAll(/(?<title>[^`]+?) \(`(?<code>[A-Z_]+)`\)\.(?: |$)/gu)].map(
      ({ groups }) => ({ code: groups?.['code'] ?? '', title: groups?.['title'] ?? '' }),
    ),
  }))

  test('has under each status the failures of docs/errors.md, and no other', () => {
    const told = responses.flatMap(({ status, meant }) => meant.map((each) => ({ ...each, status })))
    // A status that no operation has is left out: 405, and 428 where no model demands If-Match.
    const overHttp = sections.filter(
      ({ code, status }) =>
        code !== 'UNSUPPORTED_ARGUMENT' && responses.some((response) => response.status === status),
    )
    expect(
      sections.filter(({ status }) => responses.every((response) => response.status !== status)),
    ).toMatchObject([{ code: 'METHOD_NOT_ALLOWED' }, { code: 'PRECONDITION_REQUIRED' }])
    const byCode = (one: { code: string }, other: { code: string }) => one.code.localeCompare(other.code)
    expect(told.sort(byCode)).toEqual(
      overHttp.map(({ code, title, status }) => ({ code, title, status })).sort(byCode),
    )
  })

  test('refers under each status to the failures that have it', () => {
    const used = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap((operation) => Object.entries(operation.responses ?? {}))
      .flatMap(([status, { $ref }]) =>
        $ref === undefined ? [] : [{ status: Number(status), response: $ref.split('/').at(-1) }],
      )
    expect(used.length).toBeGreaterThan(50)
    const wrong = used.filter(
      ({ status, response }) => responses.find((each) => each.response === response)?.status !== status,
    )
    expect(wrong).toEqual([])
  })
})

/** A document, as far as it tells of failures. */
interface OpenApi {
  readonly components: {
    readonly responses: Readonly<
      Record<
        string,
        {
          readonly description: string
          readonly content: {
            readonly 'application/problem+json': { readonly example: { readonly status: number } }
          }
        }
      >
    >
  }
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses?: Readonly<Record<string, { readonly $ref?: string }>> }>>
    >
  >
}
