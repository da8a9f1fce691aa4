import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'

/**
 * Runs `prisma generate` for schema.prisma and for every other schema that is named, side by side. Generating needs
 * no engine, yet Prisma downloads one unless a path is named (measured on 7.10), so we name one that is certainly
 * there. Quiet unless it fails.
 */
const cli = createRequire(import.meta.url).resolve('prisma/build/index.js')
const schemas = ['prisma/schema.prisma', ...process.argv.slice(2)]
const statuses = await Promise.all(schemas.map(generate))
process.exitCode = Math.max(...statuses)

function generate(schema: string): Promise<number> {
  const child = spawn(process.execPath, [cli, 'generate', '--no-hints', '--schema', schema], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ?? process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      if (code !== 0) process.stderr.write(`${output}\nprisma generate of ${schema} failed: see above.\n`)
      resolve(code ?? 1)
    })
  })
}
