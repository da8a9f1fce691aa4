import fc from 'fast-check'
import {
  ClaimPathError,
  everyElement,
  parseGroupPath,
  parseIdentityPath,
  type ClaimStep,
} from '../../../src/claims/claim-path.js'

const steps = (text: string) => parseGroupPath(text).steps
const parts = (text: string) => parseIdentityPath(text).parts.map((part) => part.steps)

test.each([
  'user_id',
  'cognito:groups',
  'https://example.com/groups',
  'a.b',
  'a[0]',
  '__proto__',
  'constructor',
  'a $.b',
  " 'x' ",
])('J64 without $, %j is a literal key', (text) => {
  expect(steps(text)).toEqual([text])
})

test.each<[string, ClaimStep[]]>([
  ['$.sub', ['sub']],
  ['$.realm_access.roles', ['realm_access', 'roles']],
  ["$['https://example.com/claims'].id", ['https://example.com/claims', 'id']],
  ['$["a.b"]', ['a.b']],
  ["$['it\\'s']['back\\\\slash']", ["it's", 'back\\slash']],
  ['$.orgs[0].name', ['orgs', 0, 'name']],
  ['$.orgs[*].name', ['orgs', everyElement, 'name']],
  ['$[*]', [everyElement]],
  ['$.größe.名前', ['größe', '名前']],
  ['$.𐐷', ['𐐷']],
  ["$['']", ['']],
  ["$['0']", ['0']],
])('%s', (text, expected) => {
  expect(steps(text)).toEqual(expected)
})

test.each([
  '',
  ' ',
  '\t',
  '$',
  '$.',
  '$x',
  '$..a',
  '$.a.',
  '$.a b',
  '$[',
  "$['a",
  '$[\'a"]',
  '$[-1]',
  '$[01]',
  '$[1:2]',
  '$[?@.a]',
  '$.a.*',
  '$.1a',
  '$.a]',
])('refuses %j', (text) => {
  expect(() => parseGroupPath(text)).toThrow(ClaimPathError)
  expect(() => parseIdentityPath(text)).toThrow(ClaimPathError)
})

test.each(['$.__proto__.x', '$.constructor.name', "$['prototype']", '$.a["__proto__"]'])(
  'J62 refuses %s',
  (text) => {
    expect(() => parseGroupPath(text)).toThrow(/is never a claim/u)
    expect(() => parseIdentityPath(`sub::${text}`)).toThrow(/is never a claim/u)
  },
)

test('[*] is for groups only', () => {
  expect(() => parseIdentityPath('$.orgs[*].name')).toThrow('an identity is one value')
})

test('a message says where a path stops being one', () => {
  expect(() => parseGroupPath('$.a[b]')).toThrow('claim path "$.a[b]" cannot be read at position 3')
})

describe('a composite', () => {
  test.each<[string, ClaimStep[][]]>([
    ['sub::username', [['sub'], ['username']]],
    ['a::b::c', [['a'], ['b'], ['c']]],
    ["$['a::b']", [['a::b']]],
    ["$['a::b']::$.c[0]", [['a::b'], ['c', 0]]],
    ['$["x\\"::y"]::z', [['x"::y'], ['z']]],
    ["it's::b", [["it's"], ['b']]],
    ['cognito:username::sub', [['cognito:username'], ['sub']]],
  ])('%s', (text, expected) => {
    expect(parts(text)).toEqual(expected)
  })

  test.each(['::', 'a::', '::a', 'a::::b'])('refuses %s', (text) => {
    expect(() => parseIdentityPath(text)).toThrow(ClaimPathError)
  })

  test('is split for identities only', () => {
    expect(steps('a::b')).toEqual(['a::b'])
  })
})

/** The reverse of the parser, spelling each step in a way of its own. */
function written(step: ClaimStep, style: number): string {
  if (step === everyElement) return '[*]'
  if (typeof step === 'number') return `[${step}]`
  if (style === 0 && /^[A-Za-z_]\w*$/u.test(step)) return `.${step}`
  const quote = style === 1 ? "'" : '"'
  return `[${quote}${step.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)}${quote}]`
}

const name = fc
  .oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z_]\w{0,8}$/u), fc.string())
  .filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text))
const step = fc.oneof(name, fc.nat(999_999_999))
const style = fc.nat(2)

test('every list of steps survives being written and parsed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(step, fc.constant(everyElement)), style), { minLength: 1 }),
      (list) => {
        const text = `$${list.map(([each, how]) => written(each, how)).join('')}`
        expect(steps(text)).toEqual(list.map(([each]) => each))
      },
    ),
  )
})

test('every composite survives being written and parsed', () => {
  const path = fc.array(fc.tuple(step, style), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 4 }), (paths) => {
      const text = paths
        .map((list) => `$${list.map(([each, how]) => written(each, how)).join('')}`)
        .join('::')
      expect(parts(text)).toEqual(paths.map((list) => list.map(([each]) => each)))
    }),
  )
})

test('no text makes the parser do anything but answer or refuse', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\$[.[\]'"*\\:\w]{0,40}$/u), (text) => {
      try {
        expect(parseIdentityPath(text).text).toBe(text)
      } catch (error) {
        expect(error).toBeInstanceOf(ClaimPathError)
      }
    }),
  )
})
