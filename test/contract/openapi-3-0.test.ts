import { Validator } from '@seriousme/openapi-schema-validator'
import { data } from '../../src/data/resource.js'
import { openApiDocument, type OpenApiDocument } from '../../src/openapi/document.js'
import type { JsonSchema } from '../../src/openapi/json-schema.js'
import { openApi30 } from '../../src/openapi/openapi-3-0.js'
import { rulesOf } from '../../src/rules.js'
import { lint } from '../support/redocly.js'

const document = openApiDocument(rulesOf(data).resources, { basePath: '/v1' })
const older = openApi30(document)

describe('the OpenAPI 3.0.3 document of the example', () => {
  it('has no errors and no warnings in the recommended rules of Redocly', async () => {
    expect(await lint(older)).toEqual({ errors: 0, warnings: 0, problems: [] })
  })

  it('is valid for a second validator too, as the 3.1 one is', async () => {
    for (const [each, version] of [
      [older, '3.0'],
      [document, '3.1'],
    ] as const) {
      const validator = new Validator()
      const result = await validator.validate({ ...structuredClone(each) })
      expect({ errors: result.errors, version: validator.version }).toEqual({ errors: undefined, version })
    }
  })

  it('has the same operations and components', () => {
    expect(Object.keys(older.paths)).toEqual(Object.keys(document.paths))
    expect(Object.keys(older.components.schemas)).toEqual(
      expect.arrayContaining(Object.keys(document.components.schemas)),
    )
  })

  it('is a document of its own: the other one stays as it was', () => {
    const before = JSON.stringify(document)
    openApi30(document)
    expect(JSON.stringify(document)).toBe(before)
  })

  it('has no word of 3.1, and says what those said in its own', () => {
    expect(JSON.stringify(older)).not.toMatch(/"(?:const|contentEncoding|identifier)":|"null"(?!:)|,null\]/u)
    expect(older.info['license']).toEqual({ name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' })
    const { Product, ProductCreate } = older.components.schemas
    expect(Product?.properties).toMatchObject({
      weight: { type: 'number', nullable: true, format: 'double' },
      thumbnail: { type: 'string', nullable: true, format: 'byte' },
      attributes: {},
    })
    expect(ProductCreate).toHaveProperty('example.name', 'The name')
  })
})

describe('what becomes of a schema', () => {
  it.each<[string, JsonSchema, JsonSchema]>([
    ['a nullable type', { type: ['string', 'null'] }, { type: 'string', nullable: true }],
    [
      'a nullable enum',
      { type: ['string', 'null'], enum: ['a', null] },
      { type: 'string', enum: ['a'], nullable: true },
    ],
    ['several types', { type: ['string', 'integer'] }, { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
    [
      'a nullable reference',
      { description: 'x', anyOf: [{ $ref: '#/components/schemas/Other' }, { type: 'null' }] },
      {
        description: 'x',
        type: 'object',
        allOf: [{ $ref: '#/components/schemas/Other' }],
        nullable: true,
      },
    ],
    [
      'words beside a reference',
      { $ref: '#/components/schemas/Other', readOnly: true },
      { readOnly: true, allOf: [{ $ref: '#/components/schemas/Other' }] },
    ],
    ['a reference', { $ref: '#/components/schemas/Other' }, { $ref: '#/components/schemas/Other' }],
    ['a constant', { type: 'string', const: 'a' }, { type: 'string', enum: ['a'] }],
    ['an exclusive limit', { exclusiveMinimum: 0 }, { minimum: 0, exclusiveMinimum: true }],
    [
      'an exclusive limit beside a tighter one',
      { exclusiveMaximum: 9, maximum: 5 },
      { maximum: 5, exclusiveMaximum: false },
    ],
    ['bytes', { type: 'string', contentEncoding: 'base64' }, { type: 'string', format: 'byte' }],
    ['a free object', { type: 'object', additionalProperties: true }, { type: 'object' }],
    ['a closed object', { additionalProperties: false }, { additionalProperties: false }],
    ['a list of anything', { type: 'array' }, { type: 'array', items: {} }],
    ['anything', {}, {}],
    [
      'columns named like words',
      { properties: { const: { type: ['string', 'null'] }, examples: { examples: [1, 2] } } },
      { properties: { const: { type: 'string', nullable: true }, examples: { example: 1 } } },
    ],
    ['values that look like schemas', { examples: [{ const: 1 }] }, { example: { const: 1 } }],
  ])('%s', (_, schema, expected) => {
    const { Schema } = converted({ Schema: schema, Other: { type: 'object' } })
    expect(Schema).toEqual(expected)
  })
})

describe('recursion', () => {
  const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })
  const text: JsonSchema = { type: 'string' }

  it('ends at a leaf, which leaves out what leads back', () => {
    expect(
      converted({
        Filter: {
          type: 'object',
          properties: { and: { type: 'array', items: ref('Filter') }, not: ref('Filter'), title: text },
        },
      }),
    ).toEqual({
      Filter: {
        type: 'object',
        properties: { and: { type: 'array', items: ref('FilterLeaf') }, not: ref('FilterLeaf'), title: text },
      },
      FilterLeaf: { type: 'object', properties: { title: text } },
    })
  })

  it('is cut where it closes, over several schemas and under names that are free', () => {
    const schemas = converted({
      Post: {
        properties: {
          comments: { type: 'array', items: ref('Comment') },
          status: ref('Status'),
          title: text,
        },
        required: ['comments', 'title'],
      },
      postleaf: text,
      Status: text,
      Comment: {
        properties: { post: { anyOf: [ref('Post'), { type: 'null' }] }, author: ref('User') },
      },
      User: { properties: { posts: { type: 'array', items: ref('Post') }, name: text } },
    })
    expect(schemas['Comment']?.properties?.['post']).toMatchObject({ allOf: [ref('PostLeaf2')] })
    expect(schemas['Comment']?.properties?.['author']).toEqual(ref('User'))
    expect(schemas['User']?.properties?.['posts']).toEqual({ type: 'array', items: ref('PostLeaf2') })
    expect(schemas['PostLeaf2']).toEqual({
      properties: { status: ref('Status'), title: text },
      required: ['title'],
    })
    expect(isAcyclic(schemas)).toBe(true)
  })

  it('ends outside of properties too', () => {
    const schemas = converted({
      Json: { anyOf: [text, { type: 'array', items: ref('Json') }] },
      Tree: { type: 'object', additionalProperties: ref('Tree') },
    })
    expect(schemas['JsonLeaf']).toEqual({ anyOf: [text, { type: 'array', items: {} }] })
    expect(schemas['TreeLeaf']).toEqual({ type: 'object', additionalProperties: {} })
    expect(isAcyclic(schemas)).toBe(true)
  })

  it('is nowhere in the document', () => {
    expect(isAcyclic(older.components.schemas)).toBe(true)
  })
})

function converted(schemas: Record<string, JsonSchema>): OpenApiDocument['components']['schemas'] {
  return openApi30({ ...document, components: { ...document.components, schemas } }).components.schemas
}

/** Takes away schemas that refer to none of those left, until none is left or none can be taken. */
function isAcyclic(schemas: Readonly<Record<string, JsonSchema>>): boolean {
  let left = Object.keys(schemas)
  for (let before = left.length + 1; left.length < before;) {
    before = left.length
    left = left.filter((name) =>
      left.some((other) => JSON.stringify(schemas[name]).includes(`"#/components/schemas/${other}"`)),
    )
  }
  return left.length === 0
}
