import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generated } from './generate.js'

const run = promisify(execFile)

/** The program in the package: what a generated Java client needs to run is in it, too. */
export const jar = join(process.cwd(), 'node_modules/openapi-generator/bin/openapi-generator.jar')
const dartJar = join(process.cwd(), 'node_modules/openapi-generator-dart/bin/openapi-generator.jar')

/** What openapi-generator takes for each language, as in docs/clients.md. */
export const jarOptions = {
  'typescript-axios': ['--additional-properties=useSingleRequestParameter=true'],
  java: ['--library', 'native', '--additional-properties=openApiNullable=false,dateLibrary=java8'],
  python: [],
  kotlin: [
    ...[
      '--library',
      'jvm-okhttp3',
      '--additional-properties=serializationLibrary=gson,enumPropertyNaming=UPPERCASE',
    ],
    '--type-mappings=AnyType=kotlin.Any',
  ],
  swift5: [],
  dart: ['--type-mappings=AnyType=Object'],
} as const

/** Generates a client from the 3.0.3 document, in a folder of the generator's name. */
export async function generateWithJar(name: keyof typeof jarOptions): Promise<string> {
  const file = name === 'dart' ? dartJar : jar
  const options = ['-i', 'openapi-3.0.json', '-g', name, '-o', name, ...jarOptions[name]]
  await run('java', ['-jar', file, 'generate', ...options], { cwd: generated, maxBuffer: 10_000_000 })
  if (name === 'dart') await withoutEmptyLists()
  return join(generated, name)
}

/**
 * A list that is not set begins empty in Dart, and every change would empty those of the row. As a user does it:
 * `sed -i 's/ = \[\];/ = null;/' lib/model/*_update.dart`
 */
async function withoutEmptyLists(): Promise<void> {
  for (const file of await filesIn(join(generated, 'dart/lib/model'), '_update.dart')) {
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(' = [];', ' = null;'))
  }
}

/** The files below a folder whose names end so. */
export async function filesIn(folder: string, end: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true })
  return all.filter((file) => file.endsWith(end)).map((file) => join(folder, file))
}
