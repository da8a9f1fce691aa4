import { join, sep } from 'node:path'
import ts from 'typescript'
import { parseEnrichment } from '../src/config/enrichment.js'
import { rulesOf } from '../src/rules.js'

// Checks src/data/ against prisma/schema.prisma: what the compiler says of these files alone, and what a start would say
// of the rules. Neither a database nor the rest of the project is looked at.
const root = join(import.meta.dirname, '..')
const folder = join(root, 'src/data')

const faults = [...typeFaults(), ...(await ruleFaults())]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)

/** What tsc would print of the files in src/data/. */
function typeFaults(): string[] {
  const read = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file))
  const { options } = ts.parseJsonConfigFileContent(read.config, { ...ts.sys, readDirectory: () => [] }, root)
  const program = ts.createProgram([join(folder, 'resource.ts')], options)
  const own = program.getSourceFiles().filter(({ fileName }) => join(fileName).startsWith(folder + sep))
  const diagnostics = own.flatMap((file) => ts.getPreEmitDiagnostics(program, file))
  const print = process.stderr.isTTY ? ts.formatDiagnosticsWithColorAndContext : ts.formatDiagnostics
  return diagnostics.map((diagnostic) =>
    print([diagnostic], {
      getCurrentDirectory: () => process.cwd(),
      getCanonicalFileName: (name) => name,
      getNewLine: () => '\n',
    }).trimEnd(),
  )
}

/** What a start would refuse. */
async function ruleFaults(): Promise<string[]> {
  try {
    const { data } = await import('../src/data/resource.js')
    if (data.enrichment) parseEnrichment(data.enrichment)
    const { policies, notes } = rulesOf(data)
    console.log(`Rules were read for ${[...policies.keys()].join(', ') || 'no model'}.`)
    for (const note of notes) console.log(`Worth a look: ${note}`)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
