import { createHash } from 'node:crypto'
import { readMigrations } from '../migration-folder.js'

/** The migrations that come with the demo, by name: the SHA-256 of each, with line ends as git keeps them. */
const shipped: ReadonlyMap<string, string> = new Map([
  ['20261123042805_init', '57ea998557c7caf1c0e7f2a31ad81e5dc87c61922905acbbf8059a6dbcd085b3'],
])

/** A table or an enum of the demo. */
export interface DemoObject {
  readonly kind: 'TABLE' | 'TYPE'
  readonly name: string
}

/** The migrations of the demo, and what they make. */
export interface DemoMigrations {
  readonly names: readonly string[]
  readonly objects: readonly DemoObject[]
}

/** The demo, if a migrations folder holds it as it came, and nothing else; a migration of one's own makes it one's own. */
export async function demoMigrations(folder: string): Promise<DemoMigrations | undefined> {
  const { migrationDirectories } = await readMigrations(folder)
  const scripts = new Map(
    migrationDirectories.map(({ path, migrationFile }) => [
      path,
      migrationFile.content.value.replaceAll('\r\n', '\n'),
    ]),
  )
  if (scripts.size !== shipped.size) return undefined
  if (![...shipped].every(([name, digest]) => digestOf(scripts.get(name) ?? '') === digest)) return undefined
  const made = [...scripts.values()].join('\n').matchAll(/^CREATE (TABLE|TYPE) "([^"]+)"/gmu)
  const objects = [...made].map(([, kind, name = '']) => ({ kind: kind as DemoObject['kind'], name }))
  return { names: [...shipped.keys()], objects }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
