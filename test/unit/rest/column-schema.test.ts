import { inputSchema, textSchema } from '../../../src/rest/column-schema.js'
import { jsonSchemaOf } from '../../../src/openapi/json-schema.js'
import { model } from '../../support/fake-catalog.js'

const { columns, enums } = model('Event', { id: 'Uuid', at: 'DateTime', data: 'Bytes' })
const column = (name: string) => columns.get(name) ?? fail(`no column ${name}`)
const inBody = inputSchema(column('at'), enums)
const inUrl = textSchema(column('at'), enums) ?? fail('no text')

describe('a time', () => {
  test.each([
    ['2026-02-01T00:00:00Z', '2026-02-01T00:00:00.000Z'],
    ['2026-02-01T01:30:15.123456+01:30', '2026-02-01T00:00:15.123Z'],
    // As Java's OffsetDateTime writes a full minute.
    ['2026-02-01T00:00Z', '2026-02-01T00:00:00.000Z'],
    ['2026-01-31T18:30-05:30', '2026-02-01T00:00:00.000Z'],
  ])('%s', (text, expected) => {
    for (const schema of [inBody, inUrl]) expect(schema.parse(text)).toEqual(new Date(expected))
  })

  test.each([
    ...['2026-02-01', '2026-02-01T00:00', '2026-02-01T00Z', '2026-02-01T24:00Z', '2026-02-30T00:00Z'],
    ...['2026-02-01T00:00 Z', '2026-02-01T00:00Z\n', '2026-02-01T00:00:Z', '0000-01-01T00:00Z', 1, null],
  ])('is not %j', (value) => {
    for (const schema of [inBody, inUrl]) expect(schema.safeParse(value).success).toBe(false)
  })

  test('is one to the document, too', () => {
    expect(jsonSchemaOf(inBody, 'input')).toEqual({ type: 'string', format: 'date-time' })
  })
})

test('bytes are base64 by their encoding, and no format of which clients make something else', () => {
  const bytes = inputSchema(column('data'), enums)
  expect(jsonSchemaOf(bytes, 'input')).toEqual({ type: 'string', contentEncoding: 'base64' })
  expect(bytes.parse('AAEC')).toEqual(Buffer.from([0, 1, 2]))
  expect(bytes.safeParse('AAE').success).toBe(false)
})
