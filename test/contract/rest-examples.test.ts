import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { seedDemo } from '../../src/database/demo/seed-demo.js'
import { parseCurl, sed } from '../support/curl.js'
import { expectAnswer, stepsOf, type Step } from '../support/page-examples.js'
import { startService, type TestService } from '../support/service.js'
import { parseShell, textOf } from '../support/shell.js'
import { asShown, bodyOf, parseAnswer, type HttpAnswer } from '../support/shown-answer.js'

const readme = readFileSync('README.md', 'utf8')
// Its other block of commands starts and tests the service.
const secondTerminal = /^```sh\n# in a second terminal\n[^]*?^```$/mu.exec(readme)?.[0] ?? ''

describe.each([
  { file: 'docs/rest.md', page: readFileSync('docs/rest.md', 'utf8') },
  { file: 'README.md', page: secondTerminal },
])('$file', ({ file, page }) => {
  const steps = stepsOf(page, file).map((step) => ({ ...step, title: `${step.where} ${titleOf(step)}` }))
  const variables = new Map<string, string>()
  let service: TestService
  beforeAll(async () => {
    // As the development issuer has it, for what the page shows.
    service = await startService(
      undefined,
      { issuer: 'https://development.claimstake.invalid' },
      {
        app: () => ({ metrics: {} }),
        // As the service does.
        enrichment: true,
      },
    )
    const pool = new pg.Pool({ connectionString: service.database.url })
    await seedDemo(pool, 'prisma/migrations')
    await pool.end()
  })
  afterAll(() => service.stop())

  /** What a command prints, and the answer it got. */
  const run = async (args: readonly string[]): Promise<{ output: string; answer?: HttpAnswer }> => {
    const [command, ...rest] = args
    if (command === 'npm') return { output: await tokenFor(rest) }
    if (command !== 'curl') throw new SyntaxError(`not understood: ${args.join(' ')}`)
    const { method, url, headers, body, prints } = parseCurl(rest)
    const { port } = service.address as AddressInfo
    const base = `http://127.0.0.1:${port}`
    expect(url.startsWith(`${base}/`)).toBe(true)
    const came = await service.caller()(method, url.slice(base.length), { headers, body })
    const answer = {
      status: came.status,
      headers: came.headers as Record<string, string>,
      text: came.text ?? '',
    }
    const head = Object.entries(answer.headers).map(([name, value]) => `${properly(name)}: ${value}\n`)
    const output = { body: answer.text, head: head.join(''), all: `${head.join('')}\n${answer.text}` }
    return { output: output[prints], answer }
  }

  const tokenFor = (args: readonly string[]): Promise<string> => {
    const [run, silent, name, dashes, ...claims] = args
    if ([run, silent, name, dashes].join(' ') !== 'run --silent token --')
      throw new SyntaxError(`not understood: npm ${args.join(' ')}`)
    const pairs = claims.map((claim) => {
      const [, key = '', text = ''] = /^(\w+)=(.+)$/u.exec(claim) ?? []
      return [key, text.startsWith('[') ? (JSON.parse(text) as unknown) : text]
    })
    return service.issuer.token(Object.fromEntries(pairs) as Record<string, unknown>)
  }

  test('has commands', () => {
    expect(steps.length).toBeGreaterThan(3)
  })

  test.each(steps)('$title', async (step) => {
    const here = `http://127.0.0.1:${(service.address as AddressInfo).port}`
    const text = (word: Parameters<typeof textOf>[0]) =>
      textOf(word, variables).replace('http://localhost:3000', here)
    const [first, second, ...more] = step.pipeline.map((words) => words.map(text))
    if (!first) {
      variables.set(step.name ?? '', text(step.value))
      return
    }
    const { output, answer } = await run(first)
    if (second && (second[0] !== 'sed' || more.length > 0 || step.name === undefined))
      throw new SyntaxError(`not understood: ${step.source}`)
    if (step.name !== undefined) {
      if (answer) expect(answer.status).toBeLessThan(300)
      const value = (second ? sed(second.slice(1), output) : output).trim()
      expect(value).toMatch(/^\S+$/u)
      variables.set(step.name, value)
      return
    }
    if (!answer) throw new SyntaxError(`not understood: ${step.source}`)
    expectAnswer(step, answer)
  })
})

/** A header's name as it is sent; Node tells it in lower case. */
function properly(name: string): string {
  return name === 'etag' ? 'ETag' : name.replaceAll(/\b[a-z]/gu, (letter) => letter.toUpperCase())
}

function titleOf({ source, comment }: Step): string {
  const line = source.replaceAll(/\s*\\?\n\s*/gu, ' ').slice(0, 90)
  return comment === '' ? line : `${line} # ${comment}`
}

describe('what is not understood is refused', () => {
  test.each([
    'curl $API/posts?limit=1',
    'curl $API/posts; rm -r x',
    'curl $API/posts > file',
    'curl "$(whoami)"',
    'curl `whoami`',
    'A=1 curl $API',
    'curl "\\$API"',
    'curl $API/posts &',
    'for a in b; do curl $a; done',
  ])('%s', (script) => {
    expect(() => parseShell(script)).toThrow(SyntaxError)
  })

  test.each([
    ['-k', 'http://a/'],
    ['-d', '@file', 'http://a/'],
    ['http://a/', 'http://b/'],
    ['-X', 'BREW', 'http://a/'],
    ['http://a/[1-3]'],
  ])('curl %s %s', (...args) => {
    expect(() => parseCurl(args)).toThrow(SyntaxError)
  })

  test.each([
    ['```bash\ncurl $API\n```', 'language'],
    ['```\ncurl $API\n```', 'language'],
    ['- item\n\n  ```sh\n  curl $API\n  ```', 'not understood'],
    ['~~~sh\ncurl $API\n~~~', 'not understood'],
    ['```sh\ncurl $API\n```', 'does not say'],
    ['```sh\nA=1\n```\n\ntext\n\n```http\nHTTP/1.1 200 OK\n```', 'of nothing'],
  ])('%j', (page, why) => {
    expect(() => stepsOf(page, 'page')).toThrow(why)
  })

  test('a variable without a value', () => {
    expect(() => textOf([{ variable: 'NONE' }], new Map())).toThrow(ReferenceError)
  })
})

describe('an answer that differs from what is shown is told', () => {
  const newId = '01a206bf-9610-70b8-a358-2d27fdb030e8'
  const right = `{"id":"${newId}","n":1,"list":["a"]}`
  const head = 'HTTP/1.1 200 OK\nETag: "1-5W2l4tV5XGmF_LwlbeNe4Q"\n\n'
  const shown = parseAnswer(`${head}{"id":"${newId}","n":1,"list":["a","…"]}`)
  const wanted = { status: shown.status, headers: shown.headers, body: bodyOf(shown) }

  test('but for ids, digests and the rest of an open list', () => {
    const body = '{"id":"019bbbbb-9610-70b8-a358-2d27fdb030e8","n":1,"list":["a","b"]}'
    const came = parseAnswer(`HTTP/1.1 200 OK\netag: "1-AAAAAAAAAAAAAAAAAAAAAA"\nother: x\n\n${body}`)
    expect(asShown(shown, came)).toEqual(wanted)
  })

  test.each([
    ['a status', `${head.replace('200 OK', '201 Created')}${right}`],
    ['a header', `${head.replace('"1-', '"2-')}${right}`],
    ['a header that is missing', `${head.replace('ETag', 'Other')}${right}`],
    ['a value', `${head}{"id":"${newId}","n":2,"list":["a"]}`],
    ['an id of the demo data', `${head}{"id":"0190a001-0000-7000-8000-000000000001","n":1,"list":["a"]}`],
    ['a member too many', `${head}{"id":"${newId}","n":1,"list":["a"],"more":1}`],
    ['a member that is missing', `${head}{"id":"${newId}","list":["a"]}`],
    ['an item', `${head}{"id":"${newId}","n":1,"list":["b"]}`],
  ])('%s', (_, came) => {
    expect(asShown(shown, parseAnswer(came))).not.toEqual(wanted)
  })
})
