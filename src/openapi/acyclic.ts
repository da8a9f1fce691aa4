import type { JsonSchema } from './json-schema.js'
import { isSchema, mapSubschemas, mapValues, subschemas } from './subschemas.js'

type Schemas = Readonly<Record<string, JsonSchema>>

const prefix = '#/components/schemas/'

/**
 * The same schemas without recursion, for generators that cannot end one. A reference that would close a cycle leads
 * to a copy of its target instead, `PostLeaf`, which leaves out whatever leads back. The order of the schemas decides
 * where a cycle is cut; the same schemas are always cut in the same places.
 */
export function acyclic(schemas: Schemas): Record<string, JsonSchema> {
  const leaves = leafNames(schemas)
  const needed = new Set<string>()
  const done: Record<string, JsonSchema> = {}

  const visit = (name: string, open: readonly string[]): void => {
    const schema = schemas[name]
    if (!schema || name in done) return
    const path = [...open, name]
    for (const target of targetsOf(schema)) if (!path.includes(target)) visit(target, path)
    const closing = targetsOf(schema).filter((target) => path.includes(target))
    closing.forEach((target) => needed.add(target))
    const redirects = new Map(closing.map((target) => [prefix + target, prefix + (leaves[target] ?? '')]))
    done[name] = redirected(schema, redirects)
  }
  Object.keys(schemas).forEach((name) => visit(name, []))

  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) => {
      const itself = [name, done[name] ?? schema] as const
      if (!needed.has(name)) return [itself]
      const leadsBack = (part: JsonSchema) => reaches(schemas, targetsOf(part), name)
      return [itself, [leaves[name] ?? '', without(schema, leadsBack)] as const]
    }),
  )
}

/** Every schema that a schema refers to, at whatever depth. */
function targetsOf(schema: JsonSchema): string[] {
  const { $ref } = schema
  const own = typeof $ref === 'string' && $ref.startsWith(prefix) ? [$ref.slice(prefix.length)] : []
  return [...new Set([...own, ...subschemas(schema).flatMap(targetsOf)])]
}

function reaches(schemas: Schemas, from: readonly string[], goal: string): boolean {
  const seen = new Set(from)
  for (const name of seen) for (const next of targetsOf(schemas[name] ?? {})) seen.add(next)
  return seen.has(goal)
}

function redirected(schema: JsonSchema, redirects: ReadonlyMap<string, string>): JsonSchema {
  const target = redirects.get(String(schema['$ref']))
  if (target !== undefined) return { ...schema, $ref: target }
  return mapSubschemas(schema, (part) => redirected(part, redirects))
}

/** A schema without the properties that lead back; where no property can be left out, its place takes anything. */
function without(schema: JsonSchema, leadsBack: (part: JsonSchema) => boolean): JsonSchema {
  const { properties, required, ...words } = schema
  const { not, ...rest } = words
  const kept = properties && Object.entries(properties).filter(([, part]) => !leadsBack(part))
  const names = required?.filter((name) => !properties?.[name] || kept?.some(([each]) => each === name))
  const open = mapSubschemas(rest, (part) => {
    if (!leadsBack(part)) return part
    return part['$ref'] === undefined ? without(part, leadsBack) : {}
  })
  return {
    ...open,
    ...(isSchema(not) && !leadsBack(not) && { not }),
    ...(kept && { properties: Object.fromEntries(kept) }),
    ...(names && names.length > 0 && { required: names }),
  }
}

/** A name for each leaf that no schema has; generated clients fold case. */
function leafNames(schemas: Schemas): Record<string, string> {
  const taken = new Set(Object.keys(schemas).map((name) => name.toLowerCase()))
  return mapValues(Object.fromEntries(Object.keys(schemas).map((name) => [name, name])), (name) => {
    let free = `${name}Leaf`
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${name}Leaf${count}`
    taken.add(free.toLowerCase())
    return free
  })
}
