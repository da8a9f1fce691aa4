import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'

// Compiles src/ to dist/. `npm run build` has written src/generated before.
process.chdir(join(import.meta.dirname, '..'))
rmSync('dist', { recursive: true, force: true })

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

// npm makes the bin of an installed package executable, but not that of a linked one.
chmodSync('dist/catalog/generator.js', 0o755)
