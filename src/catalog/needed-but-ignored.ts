/** The defaults that Postgres has, too; those of the client are not made for a field that it ignores. */
const databaseDefault = /@default\((?!\s*(?:uuid|cuid|ulid|nanoid)\()/u

/**
 * The models with a required column that is marked `@ignore` and has no default in the database: no row of them can be
 * made. Prisma's description leaves ignored fields out, so this reads the schema itself, in which a field is a line.
 *
 * @param schema the text of schema.prisma
 */
export function neededButIgnored(schema: string): ReadonlySet<string> {
  const plain = schema
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/gu, '""')
    .replaceAll(/\/\/.*$/gmu, '')
    .replaceAll(/\/\*[^]*?\*\//gu, '')
  const models = [...plain.matchAll(/^\s*model\s+(\w+)\s*\{([^}]*)\}/gmu)]
  const blocked = models.filter(([, , body = '']) => body.split('\n').some(isNeededButIgnored))
  return new Set(blocked.map(([, name = '']) => name))
}

function isNeededButIgnored(line: string): boolean {
  const type = /^\s*\w+\s+(\S+)/u.exec(line)?.[1] ?? ''
  return (
    /(?<!@)@ignore\b/u.test(line) &&
    !/(?:\?|\[\])$/u.test(type) &&
    !line.includes('@relation') &&
    !databaseDefault.test(line)
  )
}
