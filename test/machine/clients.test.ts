import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Language, Parser } from 'web-tree-sitter'
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
    const options = ['-java-parameters', '-nowarn', '-include-runtime', '-cp', libraries, '-d', program]
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

describe.each([
  { name: 'swift5' as const, grammar: 'swift', end: '.swift' },
  { name: 'dart' as const, grammar: 'dart', end: '.dart' },
])('$name', ({ name, grammar, end }) => {
  let files: string[]
  let parser: Parser
  beforeAll(async () => {
    files = await filesIn(await generateWithJar(name), end)
    await Parser.init()
    parser = new Parser()
    const wasm = `node_modules/tree-sitter-wasms/out/tree-sitter-${grammar}.wasm`
    parser.setLanguage(await Language.load(join(process.cwd(), wasm)))
  })

  test('is code that can be parsed', async () => {
    const broken = []
    for (const file of files) {
      if (parser.parse(await readFile(file, 'utf8'))?.rootNode.hasError !== false) broken.push(file)
    }
    expect(files.length).toBeGreaterThan(20)
    expect(broken).toEqual([])
  })
})
