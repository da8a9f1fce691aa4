import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** One numbered SQL file of our own tables. */
export interface StoreMigration {
  readonly number: number
  /** `0001_api_keys` */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, so that a file that was changed after the fact is noticed. */
  readonly checksum: string
}

// The same way up from src/ and from dist/.
const shipped = join(import.meta.dirname, '../../sql')

/**
 * The SQL files of our own tables, in the order in which they are applied.
 *
 * @param folder Default: the one that is shipped with the package
 * @throws {TypeError} when a name is not `0001_what_it_does.sql`, or a number is left out or taken twice
 */
export function storeMigrations(folder = shipped): readonly StoreMigration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file, at) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/u.exec(file)?.[1])
      if (number !== at + 1) throw new TypeError(`${join(folder, file)} is not migration number ${at + 1}`)
      // Line ends may be another system's; what is applied is the same.
      const sql = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n')
      return { number, name: basename(file, '.sql'), sql, checksum: hash('sha256', sql) }
    })
}
