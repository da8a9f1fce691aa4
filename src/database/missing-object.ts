import { codeOf, messageOf } from './error-facts.js'

/** What the usual extensions bring, by the names Postgres misses. */
const extensions: readonly (readonly [provides: RegExp, extension: string])[] = [
  [/^citext$/u, 'citext'],
  [/^hstore$/u, 'hstore'],
  [/^(?:ltree|lquery)$/u, 'ltree'],
  [/^(?:vector|halfvec|sparsevec)(?:_\w+)?$/u, 'vector'],
  [/^(?:geometry|geography|raster|st_\w+|\w*gi[sn]t_geo\w+)$/u, 'postgis'],
  [/^(?:gin|gist)_trgm_ops$|^(?:word_)?similarity$/u, 'pg_trgm'],
  [/^uuid_(?:generate_v\w+|nil|ns_\w+)$/u, 'uuid-ossp'],
  [/^(?:crypt|gen_salt|digest|hmac|pgp_\w+|gen_random_bytes)$/u, 'pgcrypto'],
  [/^unaccent$/u, 'unaccent'],
  [/^(?:gen_ulid|ulid)$/u, 'pgx_ulid'],
]

/** undefined_object, undefined_function, invalid_schema_name, undefined_file */
const missing = new Set(['42704', '42883', '3F000', '58P01'])

/**
 * What to do about a statement that failed because the database lacks something: an extension, a type, a function, a
 * schema; nothing when that is not the reason.
 *
 * @param where the place to write it, as a sentence goes on: "at the top of …/migration.sql"
 */
export function remedyFor(error: unknown, where: string): string | undefined {
  const message = messageOf(error)
  const absent = /extension "([^"]+)" is not available/u.exec(message)?.[1]
  if (absent !== undefined)
    return `Install the extension ${absent} on the database server, or set DATABASE_URL to one that has it.`
  if (!missing.has(codeOf(error) ?? '')) return undefined
  const extension = extensions.find(([provides]) => provides.test(nameIn(message)))?.[1]
  if (extension === undefined)
    return `Write the statement that makes it (CREATE EXTENSION, FUNCTION, TYPE or SCHEMA) ${where}.`
  return `It comes with the extension ${extension}. Write CREATE EXTENSION IF NOT EXISTS "${extension}"; ${where}.`
}

/** `citext` of `type "public.citext" does not exist`, `gen_ulid` of `function gen_ulid() does not exist`. */
function nameIn(message: string): string {
  const found = /"(?:\w+\.)?(\w+)"|(\w+)\(/u.exec(message)
  return (found?.[1] ?? found?.[2] ?? '').toLowerCase()
}
