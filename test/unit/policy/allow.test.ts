import { allow } from '../../../src/policy/allow.js'
import type { RuleDefinition } from '../../../src/policy/rule-definition.js'

/** Everything a chain may be asked at run time, whatever its type says. */
interface Chain {
  readonly definition: RuleDefinition
  readonly to: (words: unknown) => Chain
  readonly identityClaim?: (path: string) => Chain
  readonly withClaimIn?: (path: string, options?: { readonly separator: string }) => Chain
  readonly transferable?: () => Chain
}
const chain = (rule: unknown) => rule as Required<Chain>

describe('each word of allow is a rule of plain data', () => {
  test.each<[string, () => unknown, RuleDefinition]>([
    ['owner', () => allow.owner(), { strategy: 'owner', column: 'owner', list: false }],
    [
      'owner of a provider',
      () => allow.owner('oidc'),
      { strategy: 'owner', column: 'owner', list: false, provider: 'oidc' },
    ],
    [
      'ownerDefinedIn',
      () => allow.ownerDefinedIn('author', 'userPools'),
      { strategy: 'owner', column: 'author', list: false, provider: 'userPools' },
    ],
    [
      'ownersDefinedIn',
      () => allow.ownersDefinedIn('editors', 'function'),
      { strategy: 'owner', column: 'editors', list: true, provider: 'function' },
    ],
    ['group', () => allow.group('A', 'oidc'), { strategy: 'group', groups: ['A'], provider: 'oidc' }],
    [
      'groups',
      () => allow.groups(['A', 'B'], 'oidc'),
      { strategy: 'group', groups: ['A', 'B'], provider: 'oidc' },
    ],
    [
      'groupDefinedIn',
      () => allow.groupDefinedIn('team', 'oidc'),
      { strategy: 'group', column: 'team', list: false, provider: 'oidc' },
    ],
    [
      'groupsDefinedIn',
      () => allow.groupsDefinedIn('teams', 'oidc'),
      { strategy: 'group', column: 'teams', list: true, provider: 'oidc' },
    ],
    ['authenticated', () => allow.authenticated('oidc'), { strategy: 'authenticated', provider: 'oidc' }],
    ['guest', () => allow.guest(), { strategy: 'guest' }],
    ['publicApiKey', () => allow.publicApiKey(), { strategy: 'publicApiKey' }],
    ['custom', () => allow.custom('function'), { strategy: 'custom', provider: 'function' }],
  ])('%s', (_, rule, definition) => expect(chain(rule()).definition).toEqual(definition))
})

describe('a chain adds to the rule it stands on, which stays as it is', () => {
  test('to', () => {
    const rule = chain(allow.owner())
    expect(rule.to(['read', 'update']).definition).toEqual({
      ...rule.definition,
      operations: ['read', 'update'],
    })
    expect(rule.definition.operations).toBeUndefined()
  })
  test('identityClaim and transferable', () =>
    expect(chain(chain(chain(allow.owner()).transferable()).identityClaim('user_id')).definition).toEqual({
      ...{ strategy: 'owner', column: 'owner', list: false },
      ...{ transferable: true, claim: 'user_id' },
    }))
  test('withClaimIn, with a separator or without', () => {
    expect(chain(allow.group('A')).withClaimIn('roles').definition).toEqual({
      ...{ strategy: 'group', groups: ['A'], claim: 'roles' },
    })
    expect(chain(allow.group('A')).withClaimIn('roles', { separator: ',' }).definition).toEqual({
      ...{ strategy: 'group', groups: ['A'], claim: 'roles', separator: ',' },
    })
  })
})

describe('every method stands once in a rule, in any order', () => {
  test('to', () =>
    expect(() => chain(allow.guest()).to(['read']).to(['read'])).toThrow(
      new TypeError('.to() stands twice in one rule'),
    ))
  test('identityClaim', () => {
    const rule = chain(chain(allow.owner()).identityClaim('a')).to(['read'])
    expect(() => chain(rule).identityClaim('a')).toThrow(
      new TypeError('.identityClaim() stands twice in one rule'),
    )
  })
  test('transferable', () =>
    expect(() => chain(chain(allow.owner()).transferable()).transferable()).toThrow(
      new TypeError('.transferable() stands twice in one rule'),
    ))
  test('withClaimIn', () =>
    expect(() => chain(chain(allow.group('A')).withClaimIn('a')).withClaimIn('a')).toThrow(
      new TypeError('.withClaimIn() stands twice in one rule'),
    ))
})

describe('a rule has the methods of its kind and no others', () => {
  test.each<[string, () => unknown, readonly string[]]>([
    [
      'owner kinds',
      () => allow.ownersDefinedIn('editors'),
      ['definition', 'to', 'identityClaim', 'transferable'],
    ],
    ['group kinds', () => allow.groupDefinedIn('team'), ['definition', 'to', 'withClaimIn']],
    ['the others', () => allow.authenticated(), ['definition', 'to']],
  ])('%s', (_, rule, methods) => expect(Object.keys(chain(rule()))).toEqual(methods))
})

describe('what a program without types may pass', () => {
  test('one operation for a list of them', () =>
    expect(chain(allow.owner()).to('read').definition.operations).toEqual(['read']))
  test('one group for a list of them', () =>
    expect(chain(allow.groups('A' as never)).definition.groups).toEqual(['A']))
  test('nothing for a list of operations, which does not come to mean every operation', () =>
    expect(chain(allow.owner()).to(undefined).definition.operations).toEqual([undefined]))
})

test('.transferable(false) is refused, for it would mean the reverse', () => {
  const { transferable } = allow.owner() as unknown as { transferable: (on: boolean) => unknown }
  expect(() => transferable(false)).toThrow(
    new TypeError('.transferable() takes no argument; leave it out instead'),
  )
})
