import type { Column } from '../../../src/catalog/model.js'
import { holdsNames, tellsApart, toColumnValue } from '../../../src/policy/column-value.js'

const facts = { name: 'x', column: 'x', list: false, required: true } as const
const text: Column = { kind: 'scalar', type: 'String', ...facts }
const uuids: Column = { kind: 'scalar', type: 'String', native: 'Uuid', ...facts }
const int: Column = { kind: 'scalar', type: 'Int', ...facts }
const bigint: Column = { kind: 'scalar', type: 'BigInt', ...facts }

describe('a column that can hold owners or groups', () => {
  test.each<[string, Column]>([
    ['text', text],
    ['a list of texts', { ...text, list: true }],
    ['uuid', uuids],
    ['Int', int],
    ['BigInt', bigint],
    ...['Text', 'VarChar(20)'].map((native): [string, Column] => [native, { ...text, native }]),
    ...['Integer', 'SmallInt'].map((native): [string, Column] => [native, { ...int, native }]),
    ['BigInt, said so', { ...bigint, native: 'BigInt' }],
  ])('%s', (_, column) => expect(holdsNames(column)).toBe(true))

  test.each<[string, Column]>([
    ['Oid', { ...int, native: 'Oid' }],
    ['Boolean', { kind: 'scalar', type: 'Boolean', ...facts }],
    ['Decimal', { kind: 'scalar', type: 'Decimal', ...facts }],
    ['DateTime', { kind: 'scalar', type: 'DateTime', ...facts }],
    ['an enum', { kind: 'enum', type: 'Status', ...facts }],
    ['an enum that is called like a scalar', { kind: 'enum', type: 'Int', ...facts }],
  ])('is not %s', (_, column) => expect(holdsNames(column)).toBe(false))
})

describe('F38 a column that tells any two names apart', () => {
  test.each<[string, Column]>([
    ['text', text],
    ['Int', int],
    ['BigInt', bigint],
    ['SmallInt', { ...int, native: 'SmallInt' }],
    ...['Text', 'Uuid', 'VarChar', 'VarChar(255)'].map((native): [string, Column] => [
      native,
      { ...text, native },
    ]),
  ])('%s', (_, column) => expect(tellsApart(column)).toBe(true))

  test.each(['Char', 'Char(10)', 'Citext', 'Inet', 'Bit(3)', 'VarBit(3)', 'Xml'])('is not %s', (native) =>
    expect(tellsApart({ ...text, native })).toBe(false),
  )
})

describe('varchar(n) holds no more than n characters, of which none is cut off', () => {
  const short: Column = { ...text, native: 'VarChar(3)' }
  test.each(['ana', '', 'x  ', '𝒶𝓃𝒶'])('%j', (value) => expect(toColumnValue(short, value)).toBe(value))
  test.each(['ana ', 'anna', '    '])('not %j', (value) =>
    expect(toColumnValue(short, value)).toBeUndefined(),
  )
})

describe('a text column holds a claim value as it is', () => {
  test.each(['ana', ' Ana ', '01', 'sub::ana'])('%j', (value) =>
    expect(toColumnValue(text, value)).toBe(value),
  )
})

describe('a uuid column holds a claim value in canonical form', () => {
  const canonical = '01234567-89ab-cdef-0123-456789abcdef'

  test('lower case, five groups', () => expect(toColumnValue(uuids, canonical)).toBe(canonical))

  test.each([
    canonical.toUpperCase(),
    ` ${canonical}`,
    `${canonical} `,
    `0${canonical}`,
    canonical.replaceAll('-', ''),
    `{${canonical}}`,
    'ana',
    '',
  ])('not %j', (value) => expect(toColumnValue(uuids, value)).toBeUndefined())
})

describe('a number column holds a claim value in canonical form', () => {
  test.each<[string, number]>([
    ['0', 0],
    ['7', 7],
    ['10', 10],
    ['-10', -10],
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
  ])('Int: %s', (value, number) => expect(toColumnValue(int, value)).toBe(number))

  test.each<[string, bigint]>([
    ['0', 0n],
    ['-7', -7n],
    ['2147483648', 2147483648n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
  ])('BigInt: %s', (value, number) => expect(toColumnValue(bigint, value)).toBe(number))

  test.each([
    '01',
    '-0',
    '+1',
    '1.0',
    '1e3',
    '',
    ' ',
    ' 1',
    '1 ',
    'x1',
    '1x',
    '0x1',
    '0x',
    'x0',
    '--1',
    'ana',
  ])('neither: %j', (value) => {
    expect(toColumnValue(int, value)).toBeUndefined()
    expect(toColumnValue(bigint, value)).toBeUndefined()
  })

  test.each(['2147483648', '-2147483649'])('Int: not %s, which it has no room for', (value) =>
    expect(toColumnValue(int, value)).toBeUndefined(),
  )
  test.each(['9223372036854775808', '-9223372036854775809', '18446744073709551616'])(
    'BigInt: not %s, which it has no room for',
    (value) => expect(toColumnValue(bigint, value)).toBeUndefined(),
  )
})
