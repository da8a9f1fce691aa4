import fc from 'fast-check'
import { parseGroupPath, parseIdentityPath } from '../../../src/claims/claim-path.js'
import { holdsLongList } from '../../../src/claims/long-list.js'
import { anonymous, principal, type Claims, type PrincipalSettings } from '../../../src/claims/principal.js'
import { readGroups, readIdentity } from '../../../src/claims/read-claims.js'

const caller = (claims: Claims, settings: Partial<PrincipalSettings> = {}) =>
  principal({ provider: 'oidc', issuer: 'https://id.example.com', ...settings, claims })

const identity = (claims: Claims, path?: string, settings?: Partial<PrincipalSettings>) =>
  readIdentity(caller(claims, settings), path === undefined ? undefined : parseIdentityPath(path))

const groups = (value: unknown, separator?: string) =>
  readGroups(caller({ g: value }), parseGroupPath('g'), { separator })

describe('an identity of one claim', () => {
  test('is that claim, exactly', () => {
    expect(identity({ user_id: 'ana' }, 'user_id')).toEqual({ value: 'ana', shown: 'ana', matches: ['ana'] })
  })

  test.each([
    '',
    '   ',
    '\t\n',
    'a\0b',
    '\0',
    null,
    0.5,
    false,
    true,
    [],
    {},
    ['u'],
    NaN,
    Infinity,
    2 ** 53,
    undefined,
  ])('J65 %j is absent', (value) => {
    expect(identity({ user_id: value }, 'user_id')).toBeUndefined()
  })

  test('J65 a missing claim is absent', () => {
    expect(identity({}, 'user_id')).toBeUndefined()
    expect(readIdentity(anonymous)).toBeUndefined()
  })

  test.each([
    [7, '7'],
    [0, '0'],
    [-7, '-7'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ])('the safe integer %d is its decimal text', (value, text) => {
    expect(identity({ user_id: value }, 'user_id')?.value).toBe(text)
  })

  test('J68 too long, or half a character: absent', () => {
    expect(identity({ sub: 'x'.repeat(1025) })).toBeUndefined()
    expect(identity({ sub: '\ud800' })).toBeUndefined()
    expect(identity({ sub: 'a\udc00b' })).toBeUndefined()
  })

  test('J68 long enough is fine, and so are control and bidi characters', () => {
    for (const sub of ['x'.repeat(1024), 'a\u0007b', '\u202eana', '\u200d', '😀'])
      expect(identity({ sub })?.value).toBe(sub)
  })

  test('J69 what looks alike is somebody else', () => {
    const spellings = [
      'Alice',
      'alice',
      'ALICE',
      'alice ',
      ' alice',
      'é',
      'e\u0301',
      'i',
      'ı',
      'ß',
      'ss',
      'ａlice',
      'аlice',
    ]
    const values = spellings.map((sub) => identity({ sub })?.value)
    expect(values).toEqual(spellings)
    expect(new Set(values).size).toBe(spellings.length)
  })

  test.each(['%', '_', '*', "'", '\\', 'null', 'undefined', 'true', '1', '{"not":""}', '["a"]', '__proto__'])(
    'J70 %s is that text',
    (sub) => expect(identity({ sub })?.matches).toEqual([sub]),
  )

  test('J63 a path through a list without index, a text, a number or null is absent', () => {
    const claims = { list: [{ id: 'x' }], text: 'abc', number: 5, nothing: null }
    for (const path of [
      '$.list.id',
      '$.list.length',
      '$.text.length',
      '$.text[0]',
      '$.number.toFixed',
      '$.nothing.x',
      '$.list[1].id',
    ]) {
      expect(identity(claims, path)).toBeUndefined()
    }
    expect(identity(claims, '$.list[0].id')?.value).toBe('x')
  })

  test('J62 nothing of a prototype is ever a claim', () => {
    for (const path of ['__proto__', 'constructor', 'toString', '$.toString', '$.a.hasOwnProperty']) {
      expect(identity({ a: {} }, path)).toBeUndefined()
    }
    expect(identity(JSON.parse('{"__proto__":"ana"}') as Claims, '__proto__')?.value).toBe('ana')
    expect(identity(Object.create({ sub: 'ana' }) as Claims)).toBeUndefined()
  })
})

describe('a composite identity', () => {
  test('is stamped joined, shown by its last part, and matches the whole or a part', () => {
    expect(identity({ sub: '1', username: 'ana' }, 'sub::username')).toEqual({
      value: '1::ana',
      shown: 'ana',
      matches: ['1::ana', '1', 'ana'],
    })
  })

  test('is absent when a part is', () => {
    expect(identity({ sub: '1' }, 'sub::username')).toBeUndefined()
    expect(identity({ sub: '1', username: ' ' }, 'sub::username')).toBeUndefined()
  })

  test.each([
    { sub: 'a::b', username: 'c' },
    { sub: 'a', username: 'b::c' },
    { sub: 'a:', username: 'c' },
  ])('J66 %j is absent: it could be read as another caller', (claims) => {
    expect(identity(claims, 'sub::username')).toBeUndefined()
  })

  test('J66 no two callers have the same composite', () => {
    const parts = ['a', ':', 'a:', ':a', 'aa', '::', ':a:', 'a:a', 'a::', '::a']
    const callers = parts.flatMap((sub) =>
      parts.map((username) => identity({ sub, username }, 'sub::username')),
    )
    const values = callers.flatMap((each) => each?.value ?? [])
    expect(values.length).toBeGreaterThan(20)
    expect(new Set(values).size).toBe(values.length)
  })

  test("J67 a username that is another caller's sub matches his bare rows, unless matchParts is off", () => {
    const claims = { sub: '2', username: '1' }
    expect(identity(claims, 'sub::username')?.matches).toContain('1')
    expect(identity(claims, 'sub::username', { matchParts: false })?.matches).toEqual(['2::1'])
  })
})

describe('the default identity', () => {
  test('is sub, and sub::username for Cognito', () => {
    expect(identity({ sub: '1', username: 'ana' })?.value).toBe('1')
    expect(identity({ sub: '1', username: 'ana' }, undefined, { provider: 'userPools' })?.value).toBe(
      '1::ana',
    )
  })

  test('takes cognito:username for username, in Cognito tokens only', () => {
    const claims = { sub: '1', 'cognito:username': 'ana' }
    expect(identity(claims, undefined, { provider: 'userPools' })?.value).toBe('1::ana')
    expect(identity(claims, 'username')).toBeUndefined()
    expect(identity({ ...claims, username: 'bo' }, 'username', { provider: 'userPools' })?.value).toBe('bo')
    expect(identity({ ...claims, username: null }, 'username', { provider: 'userPools' })).toBeUndefined()
  })

  test("is what the issuer's settings say", () => {
    expect(identity({ sub: '1', oid: 'x' }, undefined, { identityClaim: 'oid' })?.value).toBe('x')
  })
})

describe('several issuers', () => {
  test('an alias stands before every value', () => {
    expect(identity({ sub: '1', username: 'ana' }, 'sub::username', { alias: 'okta' })).toEqual({
      value: 'okta::1::ana',
      shown: 'okta::ana',
      matches: ['okta::1::ana', 'okta::1', 'okta::ana'],
    })
  })

  test('a caller as is cannot pretend to another issuer, in one claim or in two', () => {
    const asIs = { otherAliases: ['okta'] }
    expect(identity({ sub: 'okta::ana' }, 'sub', asIs)).toBeUndefined()
    expect(identity({ org: 'okta', sub: 'ana' }, 'org::sub', asIs)).toBeUndefined()
    expect(identity({ sub: 'oktana' }, 'sub', asIs)?.value).toBe('oktana')
    expect(readGroups(caller({ groups: ['okta::Admin', 'Admin'] }, asIs))).toEqual(['Admin'])
  })

  test('an aliased caller may have such a name: it is prefixed', () => {
    const settings = { alias: 'kc', otherAliases: ['okta'] }
    expect(identity({ sub: 'okta::ana' }, 'sub', settings)?.value).toBe('kc::okta::ana')
  })

  test('groups are prefixed, trusted or ignored', () => {
    const of = (how: 'prefixed' | 'trusted' | 'none') =>
      readGroups(
        caller({ groups: ['Admin', 'okta::Admin'] }, { alias: 'kc', otherAliases: ['okta'], groups: how }),
      )
    expect(of('prefixed')).toEqual(['kc::Admin', 'kc::okta::Admin'])
    expect(of('trusted')).toEqual(['Admin'])
    expect(of('none')).toEqual([])
  })
})

describe('groups', () => {
  test.each([null, undefined, '', [], {}, 1, true, { Admin: true }, { 0: 'Admin', length: 1 }])(
    'J71, J75 %j is no groups',
    (value) => expect(groups(value)).toEqual([]),
  )

  test.each([
    ['Admin', ['Admin']],
    ['Admin,User', ['Admin,User']],
    ['Admin User', ['Admin User']],
    ['["Admin"]', ['Admin']],
    [' ["Admin", 1] ', ['Admin']],
    ['[Admin]', ['[Admin]']],
    ['{"Admin":true}', ['{"Admin":true}']],
  ])('J72 the text %j', (value, expected) => {
    expect(groups(value)).toEqual(expected)
  })

  test('J72 a separator splits and trims a text, never a list', () => {
    expect(groups('Admin,User', ',')).toEqual(['Admin', 'User'])
    expect(groups(' Admin ,, User ', ',')).toEqual(['Admin', 'User'])
    expect(groups('Admin  User', ' ')).toEqual(['Admin', 'User'])
    expect(groups(['Admin,User'], ',')).toEqual(['Admin,User'])
    expect(groups('["Admin,User"]', ',')).toEqual(['Admin,User'])
  })

  test.each([
    [[['Admin']], []],
    [[{ name: 'Admin' }], []],
    [[1, null, 'Admin'], ['Admin']],
    [['Admin', '', 'a\0b', '\ud800'], ['Admin']],
  ])('J73 %j', (value, expected) => {
    expect(groups(value)).toEqual(expected)
  })

  test('J73 more than 1,000 in one list, wherever it is, marks the token', () => {
    const many = (size: number) => Array<string>(size).fill('a')
    expect(holdsLongList({ g: many(1000), h: JSON.stringify(many(1000)), i: 'x'.repeat(5000) })).toBe(false)
    for (const long of [many(1001), JSON.stringify(many(1001)), { roles: many(1001) }, [many(1001)]]) {
      expect(holdsLongList({ g: long })).toBe(true)
    }
  })

  test.each(['admin', 'Admin ', ' Admin', '\u0410dmin', '*', '__proto__', 'NotAdmin', 'Admin\u200d'])(
    'J74 %j is not Admin',
    (name) => {
      expect(groups([name])).toEqual([name])
      expect(groups(name)).not.toContain('Admin')
    },
  )

  test('nested paths, with [*] over a list of objects', () => {
    const claims = {
      realm_access: { roles: ['Admin'] },
      orgs: [{ name: 'a' }, { name: 1 }, {}, { name: 'b' }],
    }
    const at = (path: string) => readGroups(caller(claims), parseGroupPath(path))
    expect(at('$.realm_access.roles')).toEqual(['Admin'])
    expect(at('$.orgs[*].name')).toEqual(['a', 'b'])
    expect(at('$.orgs[0].name')).toEqual(['a'])
    expect(at('$.realm_access[*]')).toEqual([])
    expect(at('$.realm_access.roles[*]')).toEqual(['Admin'])
  })

  test('stand under cognito:groups for Cognito, else under groups', () => {
    const claims = { groups: ['a'], 'cognito:groups': ['b'] }
    expect(readGroups(caller(claims))).toEqual(['a'])
    expect(readGroups(caller(claims, { provider: 'userPools' }))).toEqual(['b'])
    expect(readGroups(caller(claims, { groupClaim: 'cognito:groups' }))).toEqual(['b'])
  })
})

test('no claims whatever make the readers throw, or give anything but usable text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('c', '$.c.a', '$.c[0]'), (value, path) => {
      const someone = caller({ c: value })
      const found = readIdentity(someone, parseIdentityPath(path))
      if (found) expect(found.value.trim()).not.toBe('')
      for (const group of readGroups(someone, parseGroupPath(path))) expect(typeof group).toBe('string')
    }),
  )
})
