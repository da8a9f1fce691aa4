import { createHash } from 'node:crypto'

/**
 * Names for adapter-pg's `statementNameGenerator`: Postgres then parses and plans a repeated statement once per
 * connection (measured: 17 % more 20-row lists a second). Each name costs the server memory on every connection
 * and callers choose the shape of a list's filter, so only the first `limit` statements get one; the rest run
 * unnamed, as all would without this. A name is made from the text: processes that share connections through
 * a proxy must not mean different statements by it.
 *
 * @param limit default 500
 */
export function statementNames(limit = 500): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>()
  return ({ sql }) => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= limit) return ''
    const name = createHash('sha1').update(sql).digest('base64url')
    names.set(sql, name)
    return name
  }
}
