import fc from 'fast-check'
import { parseStrictJson, StrictJsonError } from '../../../src/claims/strict-json.js'

const parse = (text: string, depth = 16) => parseStrictJson(Buffer.from(text), depth)

test('reads whatever JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const text = JSON.stringify(value)
      // JSON.parse, not the value: -0 is written as 0.
      if (!text.includes(String.raw`\u0000`)) expect(parse(text)).toEqual(JSON.parse(text))
    }),
  )
})

test.each([
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"b":{"a":1,"a":2}}',
  '[{"a":1,"c":{"x":1},"a":2}]',
  '{"__proto__":1,"__proto__":2}',
])('a repeated key: %s', (text) => {
  expect(() => parse(text)).toThrow('a key is repeated')
})

test.each([
  '{"a":{"a":1},"b":{"a":1}}',
  '[{"a":1},{"a":2}]',
  '{"a":"a","b":"a"}',
  '{"a":"\\"a\\":1,","b":"{"}',
  '{"a":["a","a"]}',
])('not a repeated key: %s', (text) => {
  expect(parse(text)).toEqual(JSON.parse(text))
})

test('an own __proto__ stays a key like any other', () => {
  expect(Object.keys(parse('{"__proto__":{"admin":true}}') as object)).toEqual(['__proto__'])
})

test('depth counts objects and lists, not brackets in texts', () => {
  expect(parse('[[[]]]', 3)).toEqual([[[]]])
  expect(parse('["[[[[["]', 1)).toEqual(['[[[[['])
  expect(() => parse('[[[[]]]]', 3)).toThrow('nested deeper than 3')
  expect(() => parse('['.repeat(100_000) + ']'.repeat(100_000))).toThrow(StrictJsonError)
})

test('nothing at all is told as such', () => {
  for (const text of ['', ' \n']) expect(() => parse(text)).toThrow('empty')
})

test.each(['{', 'nul', "{'a':1}", '{"a":1,}', '\ufeff{}', 'NaN', '{"a":01}'])('not JSON: %j', (text) => {
  expect(() => parse(text)).toThrow('not JSON')
})

test.each([[[0xff]], [[0x22, 0xc0, 0x80, 0x22]], [[0x22, 0xed, 0xa0, 0x80, 0x22]]])(
  'not UTF-8: %j',
  (bytes) => {
    expect(() => parseStrictJson(Uint8Array.from(bytes), 16)).toThrow('not UTF-8')
  },
)

test.each([String.raw`"\u0000"`, String.raw`{"a\u0000":1}`, String.raw`"\ud800"`, String.raw`["\udc00x"]`])(
  'what Postgres cannot store is refused in a body and left alone in a token: %s',
  (text) => {
    expect(() => parse(text)).toThrow(StrictJsonError)
    expect(parseStrictJson(Buffer.from(text), 16, 'any')).toEqual(JSON.parse(text))
  },
)
