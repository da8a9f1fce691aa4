import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { Language, Parser, type Node } from 'web-tree-sitter'
import { data } from '../../src/data/resource.js'
import { openApiDocument } from '../../src/openapi/document.js'
import { openApi30 } from '../../src/openapi/openapi-3-0.js'
import { rulesOf } from '../../src/rules.js'
import { connectChild } from '../clients/child-client.js'
import { compileTypescript, prepareGeneration, uncoverTypes } from '../clients/generate.js'
import { filesIn, generateWithJar, jar } from '../clients/openapi-generator.js'
import type { Connect } from '../clients/product-client.js'
import { roundTripOf } from '../clients/round-trip.js'

const run = promisify(execFile)
const sources = join(process.cwd(), 'test/clients')

beforeAll(async () => {
  const missing = Object.entries(needed).flatMap(([debian, isThere]) => (isThere() ? [] : [debian]))
  if (missing.length > 0) throw new Error(`This test needs: apt-get install ${missing.join(' ')}`)
  const document = openApiDocument(rulesOf(data).resources, { basePath: '/v1' })
  await prepareGeneration({ 'openapi-3.0.json': openApi30(document) })
})

const python = '/usr/bin/python3'
const javaLibraries = ['gson', 'okhttp', 'okio'].map((name) => `/usr/share/java/${name}.jar`)

/** Debian's packages, and whether what this test takes of them is there. */
const needed: Readonly<Record<string, () => boolean>> = {
  'default-jdk-headless': () => works('javac', '-version'),
  kotlin: () => works('kotlinc', '-version'),
  'libgoogle-gson-java libokhttp-java': () => javaLibraries.every(existsSync),
  'python3-urllib3 python3-dateutil python3-six python3-certifi': () =>
    works(python, '-c', 'import urllib3, dateutil, six, certifi'),
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('typescript-axios', () => {
  beforeAll(() => generateWithJar('typescript-axios'))

  roundTripOf(
    async () => {
      const path = '../clients/typescript/typescript-axios.js'
      return ((await import(path)) as { readonly connect: Connect }).connect
    },
    { joinsLists: true },
  )

  test('compiles under strict', async () => {
    await uncoverTypes()
    expect(await compileTypescript(['typescript-axios'])).toBe('')
  })
})

describe('Java', () => {
  roundTripOf(async () => {
    const folder = await generateWithJar('java')
    const files = [
      ...(await filesIn(join(folder, 'src/main'), '.java')),
      join(sources, 'java/RoundTrip.java'),
    ]
    const classes = join(folder, 'classes')
    await run('javac', ['-parameters', '-nowarn', '-cp', jar, '-d', classes, ...files])
    return connectChild('java', ['-cp', `${classes}:${jar}`, 'RoundTrip'])
  })
})

describe('Kotlin', () => {
  roundTripOf(async () => {
    const folder = await generateWithJar('kotlin')
    const program = join(folder, 'round-trip.jar')
    const libraries = javaLibraries.join(':')
    const files = [join(folder, 'src/main/kotlin'), join(sources, 'kotlin/RoundTrip.kt')]
    const options = [
      '-J-Xmx1g',
      '-java-parameters',
      '-nowarn',
      '-include-runtime',
      '-cp',
      libraries,
      '-d',
      program,
    ]
    await run('kotlinc', [...options, ...files], { maxBuffer: 10_000_000 })
    return connectChild('java', ['-cp', `${program}:${libraries}`, 'RoundTripKt'])
  })
})

describe('Python', () => {
  roundTripOf(async () => {
    const folder = await generateWithJar('python')
    const environment = `PYTHONPATH=${folder}`
    return connectChild('/usr/bin/env', [environment, python, join(sources, 'python/round_trip.py')])
  })
})

/** Makes the check whether a text is code: what of it the grammar cannot read. */
async function checkOf(grammar: 'swift' | 'dart'): Promise<(code: string) => string[]> {
  await Parser.init()
  const parser = new Parser()
  const wasm = `node_modules/tree-sitter-wasms/out/tree-sitter-${grammar}.wasm`
  parser.setLanguage(await Language.load(join(process.cwd(), wasm)))
  return (code) => {
    const root = parser.parse(code)?.rootNode
    return root ? unread(root) : ['nothing was read']
  }
}

/** The innermost parts with an error. */
function unread(node: Node): string[] {
  if (!node.hasError) return []
  const inner = node.children.flatMap((child) => (child ? unread(child) : []))
  return inner.length > 0 ? inner : [`line ${node.startPosition.row + 1}: ${node.text.slice(0, 100)}`]
}

/** Files by the last part of their names. */
async function codeIn(folder: string, end: string): Promise<ReadonlyMap<string, string>> {
  const code = new Map<string, string>()
  for (const file of await filesIn(folder, end)) code.set(basename(file), await readFile(file, 'utf8'))
  return code
}

describe('Swift', () => {
  let code: ReadonlyMap<string, string>
  let check: (code: string) => string[]
  beforeAll(async () => {
    code = await codeIn(await generateWithJar('swift5'), '.swift')
    check = await checkOf('swift')
  })

  test('is code that can be parsed', () => {
    // What a call without an answer gives: `()`, which the grammar does not know as a value. `Void()` is the same.
    const known = (text: string) => text.replaceAll('completion((), nil)', 'completion(Void(), nil)')
    expect(
      [...code].flatMap(([file, text]) => check(known(text)).map((fault) => `${file} ${fault}`)),
    ).toEqual([])
    expect(code.size).toBeGreaterThan(100)
  })

  test('is not, where a bracket is missing', () => {
    const broken = code.get('ProductUpdate.swift')?.replace('{', '') ?? ''
    expect(check(broken)).not.toEqual([])
  })
})

describe('Dart', () => {
  let code: ReadonlyMap<string, string>
  let check: (code: string) => string[]
  beforeAll(async () => {
    code = await codeIn(await generateWithJar('dart'), '.dart')
    check = await checkOf('dart')
  })

  test('is code that can be parsed', () => {
    expect([...code].flatMap(([file, text]) => check(text).map((fault) => `${file} ${fault}`))).toEqual([])
    expect(code.size).toBeGreaterThan(100)
  })

  test('is not, where a bracket is missing', () => {
    const broken = code.get('product_update.dart')?.replace('{', '') ?? ''
    expect(check(broken)).not.toEqual([])
  })

  test('sends nothing for what a change leaves out', () => {
    const document = openApiDocument(rulesOf(data).resources, { basePath: '/v1' })
    const fields = Object.keys(document.components.schemas['ProductUpdate']?.properties ?? {})
    const text = code.get('product_update.dart') ?? ''
    const unset = [...text.matchAll(/^ {2}\S+ (\w+) = (.*);$/gmu)]
    expect(unset.map(([, field, value]) => [field, value])).toEqual(fields.map((field) => [field, 'null']))
    const sent = [...text.matchAll(/^ *(.*)\n *json\['(\w+)'\] = /gmu)]
    expect(sent.map(([, before, field]) => [before, field])).toEqual(
      fields.map((field) => [`if (${field} != null)`, field]),
    )
    expect(text.match(/json\['\w+'\] = /gu)).toHaveLength(fields.length)
  })
})
