import { spawnSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'

// Changes the rules in every place, one change at a time (mutation testing), and writes as a table which test noticed
// it. Arguments go to Stryker: `npm run test:mutation -- --mutate src/policy/scope.ts`.

interface Mutant {
  readonly status: string
  readonly statusReason?: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: Readonly<Record<'start' | 'end', { readonly line: number; readonly column: number }>>
  readonly killedBy?: readonly string[]
}

/** The part of https://github.com/stryker-mutator/mutation-testing-elements/tree/master/packages/report-schema used here. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
  readonly testFiles?: Readonly<
    Record<string, { readonly tests: readonly { readonly id: string; readonly name: string }[] }>
  >
}

const from = 'reports/mutation/policy.json'
const to = 'reports/mutation/policy.md'
const stryker = 'node_modules/@stryker-mutator/core/bin/stryker.js'
await rm(from, { force: true })
const { status: exitCode } = spawnSync(process.execPath, [stryker, 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = exitCode ?? 1

const { files, testFiles = {} } = JSON.parse(await readFile(from, 'utf8')) as Report
const tests = new Map(
  Object.values(testFiles).flatMap((file) => file.tests.map(({ id, name }) => [id, name])),
)
const summary = [
  '| file | changes | noticed | not noticed | left out |',
  '| --- | --: | --: | --: | --: |',
  ...Object.entries(files).map(([name, { mutants }]) => summaryOf(name, mutants)),
  summaryOf(
    '**all**',
    Object.values(files).flatMap(({ mutants }) => mutants),
  ),
]
const details = Object.entries(files).flatMap(([name, { source, mutants }]) => [
  ...['', `## ${name}`, '', '| line | change | noticed by |', '| --- | --- | --- |'],
  ...[...mutants].sort(byPlace).map((mutant) => detailOf(mutant, source.split('\n'))),
])
await writeFile(
  to,
  ['# Every change of the rules and the test that notices it', '', ...summary, ...details, ''].join('\n'),
)
console.log(`${summary.join('\n')}\n\n${to}: one line for each change`)

function summaryOf(name: string, mutants: readonly Mutant[]): string {
  const count = (...statuses: readonly string[]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length
  const noticed = count('Killed', 'Timeout', 'RuntimeError', 'CompileError')
  return row(name, mutants.length, noticed, count('Survived', 'NoCoverage'), count('Ignored'))
}

function detailOf(mutant: Mutant, source: readonly string[]): string {
  const { start } = mutant.location
  return row(`${start.line}:${start.column}`, changeOf(mutant, source), noticedBy(mutant))
}

function noticedBy({ status, statusReason = '', killedBy = [] }: Mutant): string {
  if (status === 'Killed') return text(killedBy.map((id) => tests.get(id) ?? id).join('; '))
  if (status === 'Timeout') return 'the tests do not come to an end'
  if (status === 'RuntimeError') return `the tests cannot be loaded: ${text(statusReason)}`
  if (status === 'Ignored') return `left out: ${text(statusReason)}`
  return `**nothing** (${status})`
}

function changeOf(
  { location: { start, end }, replacement = '', mutatorName }: Mutant,
  source: readonly string[],
) {
  const last = start.line === end.line ? end.column - 1 : undefined
  const before = source[start.line - 1]?.slice(start.column - 1, last) ?? ''
  return `${mutatorName}: ${code(before)} → ${code(replacement)}`
}

function byPlace({ location: { start: a } }: Mutant, { location: { start: b } }: Mutant): number {
  return a.line - b.line || a.column - b.column
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}

function code(source: string): string {
  const short = text(source)
  return short === '' ? 'nothing' : `\`\` ${short} \`\``
}

/** One line of a table cell. */
function text(source: string): string {
  const line = source.replace(/\s+/gu, ' ').trim().replaceAll('|', '\\|')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
