import type { JsonSchema } from './json-schema.js'
import { isSchema, mapSubschemas } from './subschemas.js'

/** What a reference leads to. */
export type Resolve = (reference: string) => JsonSchema | undefined

/** The words a Schema Object of OpenAPI 3.0 has. */
const words30 = new Set(
  [
    ['$ref', 'title', 'description', 'type', 'format', 'default', 'example', 'enum', 'nullable'],
    ['readOnly', 'writeOnly', 'deprecated', 'discriminator', 'externalDocs', 'xml'],
    ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
    ['items', 'minItems', 'maxItems', 'uniqueItems', 'minLength', 'maxLength', 'pattern'],
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
    ['allOf', 'anyOf', 'oneOf', 'not'],
  ].flat(),
)

/**
 * A JSON Schema (2020-12) as a Schema Object of OpenAPI 3.0.3. `null` becomes `nullable`, and stands in no `enum`
 * then: generated clients for Python and Kotlin would not compile. What 3.0 has no word for is left out.
 */
export function schema30(schema: JsonSchema, resolve: Resolve): JsonSchema {
  const own = withItems(withoutNullTypes(withOldWords(schema), resolve))
  const known = Object.fromEntries(
    Object.entries(own).filter(([word, value]) => words30.has(word) && !saysNothing(word, value)),
  )
  return withoutSiblings(mapSubschemas(known, (part) => schema30(part, resolve)))
}

/**
 * Where nothing is said of more properties there may be any. Of this said, Dart's generator makes an empty object, which
 * is sent with every change.
 */
function saysNothing(word: string, value: unknown): boolean {
  return word === 'additionalProperties' && value === true
}

/** `const`, `examples`, `contentEncoding` and limits as they were said before 2020. */
function withOldWords(schema: JsonSchema): JsonSchema {
  const { const: only, examples, contentEncoding, ...rest } = schema
  return {
    ...rest,
    ...('const' in schema && { enum: [only] }),
    ...(Array.isArray(examples) && examples.length > 0 && { example: examples[0] as unknown }),
    ...(contentEncoding === 'base64' && { format: 'byte' }),
    ...limit(schema, 'minimum', 'exclusiveMinimum', Math.max),
    ...limit(schema, 'maximum', 'exclusiveMaximum', Math.min),
  }
}

/** An exclusive limit was a word beside the limit; where both stand, the tighter one counts. */
function limit(schema: JsonSchema, word: string, exclusive: string, tighter: typeof Math.max): JsonSchema {
  const { [word]: inner, [exclusive]: outer } = schema
  if (typeof outer !== 'number') return {}
  const isInner = typeof inner === 'number' && inner !== outer && tighter(inner, outer) === inner
  return { [word]: isInner ? inner : outer, [exclusive]: !isInner }
}

function withoutNullTypes(schema: JsonSchema, resolve: Resolve): JsonSchema {
  const types = [schema.type ?? []].flat()
  const others = types.filter((type) => type !== 'null')
  const takesNull = types.length > others.length
  if (Array.isArray(schema['anyOf'])) return withoutNullBranch(schema, schema['anyOf'] as unknown[], resolve)
  if (takesNull && others.length === 0) return { ...schema, ...onlyNull }
  const values = schema.enum && { enum: schema.enum.filter((value) => !takesNull || value !== null) }
  const nullable = takesNull && { nullable: true }
  const [only] = others
  if (only === undefined) return schema
  if (others.length === 1) return { ...schema, type: only, ...values, ...nullable }
  const { type, ...rest } = schema
  return { ...rest, ...values, anyOf: others.map((each) => ({ type: each, ...nullable })) }
}

/** 3.0 has no type for `null` alone. */
const onlyNull: JsonSchema = { type: 'string', enum: [null], nullable: true }

/**
 * `anyOf` with `null`. What is left of it, when it is one reference, stands in an `allOf`, which is how 3.0 says
 * something beside a reference; `nullable` counts only beside a `type`.
 */
function withoutNullBranch(schema: JsonSchema, branches: readonly unknown[], resolve: Resolve): JsonSchema {
  const others = branches.filter((branch) => !isNull(branch))
  const { anyOf, ...rest } = schema
  const [only] = others
  if (others.length === branches.length || others.length !== 1 || !isSchema(only)) return schema
  if (typeof only['$ref'] !== 'string')
    return withoutNullTypes({ ...only, ...rest, type: [...[only.type ?? []].flat(), 'null'] }, resolve)
  const type = resolve(only['$ref'])?.type
  return { ...rest, ...(typeof type === 'string' && { type }), allOf: [only], nullable: true }
}

function isNull(branch: unknown): boolean {
  return isSchema(branch) && branch.type === 'null'
}

/** A list needs to say what is in it. */
function withItems(schema: JsonSchema): JsonSchema {
  return schema.type === 'array' ? { items: {}, ...schema } : schema
}

/** In 3.0 whatever stands beside a reference is ignored. */
function withoutSiblings(schema: JsonSchema): JsonSchema {
  const { $ref, ...rest } = schema
  if ($ref === undefined || Object.keys(rest).length === 0) return schema
  return { ...rest, allOf: [{ $ref }] }
}
