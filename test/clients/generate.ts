import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const bin = join(process.cwd(), 'node_modules/.bin')

/** Where clients are generated, anew in each run: nothing of it is in the repository. */
export const generated = join(process.cwd(), 'test/clients/generated')

/** The generators that need nothing but npm, each with its command line as a user writes it. */
export const typescriptGenerators: Readonly<Record<string, readonly string[]>> = {
  'openapi-fetch': ['openapi-typescript', 'openapi.json', '-o', 'openapi-fetch.ts'],
  'hey-api': ['openapi-ts', '-i', 'openapi.json', '-o', 'hey-api'],
  oazapfts: ['oazapfts', 'openapi.json', 'oazapfts.ts'],
  orval: ['orval', '--config', '../typescript/orval.config.cjs'],
  'swagger-typescript-api': [
    ...['swagger-typescript-api', 'generate'],
    ...['-p', 'openapi.json', '-o', 'swagger-typescript-api', '-n', 'client.ts', '--enum-style', 'union'],
  ],
  'swagger-typescript-api-axios': [
    ...['swagger-typescript-api', 'generate', '--axios'],
    ...[
      '-p',
      'openapi.json',
      '-o',
      'swagger-typescript-api-axios',
      '-n',
      'client.ts',
      '--enum-style',
      'union',
    ],
  ],
}

/** Empties the folder of generated clients and puts the document there. */
export async function prepareGeneration(documents: Readonly<Record<string, unknown>>): Promise<void> {
  await rm(generated, { recursive: true, force: true })
  await mkdir(generated, { recursive: true })
  for (const [file, document] of Object.entries(documents)) {
    await writeFile(join(generated, file), JSON.stringify(document, null, 2))
  }
}

/** Runs a command of an installed package in the folder of generated clients. */
export async function generateWith([command = '', ...options]: readonly string[]): Promise<void> {
  await run(join(bin, command), options, { cwd: generated })
}

/** Some generators tell the compiler to look away. Here it shall not. */
export async function uncoverTypes(): Promise<void> {
  for (const file of await readdir(generated, { recursive: true })) {
    if (!file.endsWith('.ts')) continue
    const path = join(generated, file)
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('// @ts-nocheck', ''))
  }
}

/** Compiles generated clients with their adapters under `strict`, and gives what the compiler says. */
export async function compileTypescript(names: readonly string[]): Promise<string> {
  const project = join(generated, 'tsconfig.json')
  const files = names.map((name) => `../typescript/${name}.ts`)
  await writeFile(project, JSON.stringify({ extends: '../typescript/tsconfig.json', files, include: [] }))
  try {
    return (await run(join(bin, 'tsc'), ['--project', project])).stdout
  } catch (error) {
    return (error as { readonly stdout: string }).stdout
  }
}
