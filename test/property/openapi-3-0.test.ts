import fc from 'fast-check'
import ajvDraft04 from 'ajv-draft-04'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { data } from '../../src/data/resource.js'
import { openApiDocument, type OpenApiDocument } from '../../src/openapi/document.js'
import type { JsonSchema } from '../../src/openapi/json-schema.js'
import { openApi30 } from '../../src/openapi/openapi-3-0.js'
import { rulesOf } from '../../src/rules.js'
import { resolved } from './openapi-drawn.js'
import { Pool, pick, valueOf, type Draw } from './openapi-values.js'
import { announce, Count, holds } from './runs.js'

// The 3.0.3 document allows what the 3.1 one allows, and nothing else, wherever no recursion was cut.

announce('openapi-3-0')

const served = openApiDocument(rulesOf(data).resources, { basePath: '/v1' })
const extra: Readonly<Record<string, JsonSchema>> = {
  ManyTypes: { type: ['string', 'integer', 'null'] },
  NullableEnum: { type: ['string', 'null'], enum: ['a', 'b', null] },
  NullableRow: { anyOf: [{ $ref: '#/components/schemas/Limits' }, { type: 'null' }] },
  NullableInline: { anyOf: [{ type: 'string', minLength: 1 }, { type: 'null' }] },
  Constant: { type: 'string', const: 'a' },
  Limits: {
    type: 'object',
    properties: {
      a: { type: 'number', exclusiveMinimum: 0, maximum: 3 },
      b: { type: 'integer', minimum: 1 },
    },
    required: ['a'],
    additionalProperties: false,
  },
  Either: {
    oneOf: [{ type: 'boolean' }, { type: 'array', items: { type: ['integer', 'null'] }, maxItems: 2 }],
  },
}
const document: OpenApiDocument = {
  ...served,
  components: { ...served.components, schemas: { ...served.components.schemas, ...extra } },
}
const older = openApi30(document)
// Formats have the same names in both.
const options = { strict: false, validateFormats: false }
const newAjv = new Ajv2020(options).addSchema(document, 'document', undefined, false)
const oldAjv = new ajvDraft04.default(options)
oldAjv.addSchema(asDraft04(older) as object, 'document', undefined, false)

/** The schemas that lead to none whose recursion was cut. */
const cut = 'Leaf'
const comparable = Object.keys(document.components.schemas).filter((name) => !reached(name).has(cut))

/** What a schema of the older document refers to, at whatever distance; copies that were cut by what they are. */
function reached(name: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, to = ''] of JSON.stringify(older.components.schemas[name]).matchAll(/schemas\/(\w+)"/gu)) {
    if (!(to in document.components.schemas)) seen.add(cut)
    else if (!seen.has(to)) reached(to, seen.add(to))
  }
  return seen
}

test('what one of the documents allows, the other allows too', () => {
  const both = new Count('# values held against both documents', 1500)
  const allowed = { right: 0, wrong: 0 }
  const property = fc.property(fc.infiniteStream(fc.nat()), (stream) => {
    const draw: Draw = (below) => (stream.next().value ?? 0) % below
    const name = pick(draw, comparable)
    const source = { draw, pool: new Pool(), resolve: (schema: JsonSchema) => resolved(document, schema) }
    const right = valueOf(source, { $ref: `#/components/schemas/${name}` }, [])
    const value = draw(2) === 0 ? right : spoilt(draw, right)
    const [inNew, inOld] = [newAjv, oldAjv].map((ajv) => {
      const check = ajv.getSchema(`document#/components/schemas/${name}`) as ValidateFunction
      return check(value)
    })
    if (inNew !== inOld)
      throw new Error(`${name}: 3.1 ${String(inNew)}, 3.0 ${String(inOld)}: ${JSON.stringify(value)}`)
    allowed[inNew === true ? 'right' : 'wrong']++
    both.add()
  })
  holds(property, 2000)
  both.expectEnough()
  expect(Math.min(allowed.right, allowed.wrong)).toBeGreaterThan(200)
})

/** One thing in it is another: formats are not looked at, so it is of another type. */
function spoilt(draw: Draw, value: unknown): unknown {
  const others = [null, 1, 1.5, -1, true, {}, [], [null], 'b', { nothing: 1 }]
  if (typeof value !== 'object' || value === null || draw(3) === 0) return pick<unknown>(draw, others)
  const copy = structuredClone(value) as Record<string, unknown>
  const key = pick(draw, [...Object.keys(copy), 'nothing'])
  if (draw(3) === 0) Reflect.deleteProperty(copy, key)
  else copy[key] = pick<unknown>(draw, others)
  return copy
}

/** OpenAPI 3.0's `nullable`, as its generators read it, in the words of JSON Schema draft 4. */
function asDraft04(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(asDraft04)
  if (typeof part !== 'object' || part === null) return part
  // An example is no schema; an id in one would name one.
  const { nullable, ...copy } = Object.fromEntries(
    Object.entries(part).flatMap(([key, value]) => (key === 'example' ? [] : [[key, asDraft04(value)]])),
  )
  return nullable === true ? { anyOf: [copy, { enum: [null] }] } : copy
}
