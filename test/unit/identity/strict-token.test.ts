import fc from 'fast-check'
import { strictToken } from '../../../src/identity/token/strict-token.js'
import { forge, part } from '../../security/forge.js'

const token = forge({ alg: 'HS256' }, { sub: 'ana', n: { a: [1] } }, 'key')

function reads(text: string): boolean {
  try {
    strictToken(text)
    return true
  } catch (error) {
    // Nothing is signed yet: no reason goes out.
    expect(error).toMatchObject({ code: 'INVALID_TOKEN', detail: undefined })
    return false
  }
}

test('reads the two objects of a token', () => {
  expect(strictToken(token)).toEqual({
    raw: token,
    header: { alg: 'HS256' },
    payload: { sub: 'ana', n: { a: [1] } },
  })
})

test.each([
  '',
  '.',
  '..',
  'a.b',
  'a.b.c.d',
  `${token} `,
  ` ${token}`,
  `${token}\n`,
  token.replaceAll('.', '..'),
  `${token}=`,
  `${token}é`,
])('J08 refuses %.20j', (text) => expect(reads(text)).toBe(false))

test('J00 at most 8 KiB', () => {
  const body = part({ a: 'x'.repeat(6000) })
  const room = 8192 - `${part({})}.${body}.`.length
  const whole = (length: number) => `${part({})}.${body}.${'A'.repeat(length)}`
  // A length of 4n + 1 is no base64 at all.
  const fits = room % 4 === 1 ? room - 1 : room
  expect(reads(whole(fits))).toBe(true)
  expect(reads(whole(fits + 4))).toBe(false)
})

test('J00 each part has one spelling', () => {
  expect(part('{}')).toBe('e30')
  expect(reads(`${part({})}.${part({})}.AA`)).toBe(true)
  for (const twin of ['AB', 'AP', 'A', 'AAAAA']) expect(reads(`${part({})}.${part({})}.${twin}`)).toBe(false)
  expect(reads(`e31.${part({})}.AA`)).toBe(false)
  expect(reads(`${part({})}.e31.AA`)).toBe(false)
})

test('J00 a payload may hold what the rules will call absent', () => {
  const payload = String.raw`{"sub":"a\u0000b","x":"\ud800"}`
  expect(strictToken(`${part({})}.${part(payload)}.AA`).payload).toEqual(JSON.parse(payload))
})

test.each([
  'null',
  '1',
  '"x"',
  '[]',
  'true',
  '{',
  '{"a":1,"a":2}',
  '\ufeff{}',
  `{"a":${'['.repeat(16)}${']'.repeat(16)}}`,
])('J32 refuses the part %j', (text) => {
  expect(reads(`${part(text)}.${part({})}.AA`)).toBe(false)
  expect(reads(`${part({})}.${part(text)}.AA`)).toBe(false)
})

test('whatever text comes, it is read or refused, and what is read has one spelling', () => {
  fc.assert(
    fc.property(
      fc.nat(token.length - 1),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1)
        if (!reads(changed)) return
        const [header = '', payload = ''] = changed.split('.')
        for (const each of [header, payload])
          expect(Buffer.from(each, 'base64url').toString('base64url')).toBe(each)
      },
    ),
  )
})
