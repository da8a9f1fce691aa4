import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'

/** The service as its image has it: compiled, in a folder of its own. */
export interface CompiledService {
  readonly folder: string
  readonly remove: () => void
}

/** Compiles src/ without looking at types, which `npm run check` does: a second instead of twenty. */
export function compileService(): CompiledService {
  const folder = mkdtempSync(join(tmpdir(), 'claimstake-compiled-'))
  for (const name of ['package.json', 'node_modules', 'prisma', 'sql'])
    symlinkSync(resolve(name), join(folder, name))
  const compilerOptions = {
    module: ModuleKind.ESNext,
    target: ScriptTarget.ES2023,
    verbatimModuleSyntax: true,
  }
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const out = join(folder, 'dist', file.replace(/\.ts$/u, '.js'))
    mkdirSync(dirname(out), { recursive: true })
    const { outputText } = transpileModule(readFileSync(join('src', file), 'utf8'), { compilerOptions })
    writeFileSync(out, outputText)
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}
