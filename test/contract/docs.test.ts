import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const pages = ['README.md', ...readdirSync('docs').map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith('.md') && existsSync(file))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** The text without blocks of code, in which brackets are no links and `#` is no heading. */
function prose(text: string): string {
  return text.replaceAll(/^ *```[^]*?^ *```/gmu, '')
}

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

function anchorsIn(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (?<heading>.+)$/gmu)].map(({ groups }) =>
    anchorOf(groups?.['heading'] ?? ''),
  )
}

describe.each(pages)('$file', ({ file, text }) => {
  test('links to files and headings that exist', () => {
    const targets = [...prose(text).matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map(
      ({ groups }) => groups?.['target'] ?? '',
    )
    const broken = targets.filter((target) => {
      if (/^[a-z]+:/u.test(target)) return false
      const [path = '', anchor] = target.split('#')
      const found = path === '' ? file : normalize(join(dirname(file), path))
      if (!existsSync(found)) return true
      return anchor !== undefined && !anchorsIn(readFileSync(found, 'utf8')).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  test('names npm scripts that exist', () => {
    const named = [
      ...text.matchAll(/\bnpm (?:run (?:--silent )?(?<run>[\w:-]+)|(?<bare>start|test)\b)/gu),
    ].map(({ groups }) => groups?.['run'] ?? groups?.['bare'] ?? '')
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })

  test('names files that exist', () => {
    const named = [...text.matchAll(/`(?<path>(?:src|test|prisma|scripts|docs)\/[\w./-]*)`/gu)].map(
      ({ groups }) => groups?.['path'] ?? '',
    )
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })
})

test('each page of docs/ can be reached from the README', () => {
  const readme = pages.find(({ file }) => file === 'README.md')?.text ?? ''
  const unlinked = pages.filter(({ file }) => file !== 'README.md' && !readme.includes(`(${file})`))
  expect(unlinked.map(({ file }) => file)).toEqual([])
})

describe('docs/architecture.md goes file by file', () => {
  const page = readFileSync('docs/architecture.md', 'utf8')
  const tables = page.split(/^## /mu).flatMap((text) => {
    const folder = /^All in `(?<folder>src\/\w+)\/`/mu.exec(text)?.groups?.['folder']
    const rows = text.split('\n').filter((line) => line.startsWith('| `'))
    const files = rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(?<file>[\w.-]+)`/gu)])
    return folder === undefined ? [] : [{ folder, files: files.map(({ groups }) => groups?.['file']) }]
  })

  test('through three folders', () => {
    expect(tables.map(({ folder }) => folder)).toEqual(['src/scope', 'src/rest', 'src/openapi'])
  })

  test.each(tables)('$folder: each file once, and no other', ({ folder, files }) => {
    expect(files.sort()).toEqual(readdirSync(folder).sort())
  })
})
