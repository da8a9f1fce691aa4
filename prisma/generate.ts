import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

/**
 * Runs `prisma generate`. Generating needs no engine, yet Prisma downloads one unless a path is named
 * (measured on 7.10), so we name one that is certainly there. Quiet unless it fails.
 */
const cli = createRequire(import.meta.url).resolve('prisma/build/index.js')
const result = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
  encoding: 'utf8',
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ?? process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  },
})
if (result.status !== 0) {
  process.stderr.write(`${result.stdout}${result.stderr}\nprisma generate failed: see above.\n`)
  process.exit(result.status ?? 1)
}
