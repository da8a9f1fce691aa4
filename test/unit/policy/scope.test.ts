import { all, allOf, anyOf, columnsOf, none, sameScope, type Scope } from '../../../src/policy/scope.js'

const ana: Scope = { kind: 'equals', column: 'owner', values: ['ana'] }
const bo: Scope = { kind: 'equals', column: 'owner', values: ['bo'] }
const team: Scope = { kind: 'has', column: 'teams', values: [1n] }

test('all and none', () => {
  expect(all).toEqual({ kind: 'all' })
  expect(none).toEqual({ kind: 'none' })
})

describe('the union of scopes', () => {
  test('of nothing is none', () => expect(anyOf([])).toEqual(none))
  test('of one is that one', () => expect(anyOf([ana])).toEqual(ana))
  test('of several', () => expect(anyOf([ana, bo])).toEqual({ kind: 'anyOf', scopes: [ana, bo] }))
  test('is all as soon as one is', () => expect(anyOf([ana, all])).toEqual(all))
  test('is not changed by none', () => expect(anyOf([none, ana, none])).toEqual(ana))
  test('is not changed by repeats, of big numbers either', () =>
    expect(anyOf([team, { ...team }])).toEqual(team))
  test('of unions is flat, of intersections is not', () => {
    expect(anyOf([anyOf([ana, bo]), team])).toEqual({ kind: 'anyOf', scopes: [ana, bo, team] })
    expect(anyOf([allOf([ana, bo]), team])).toEqual({
      kind: 'anyOf',
      scopes: [{ kind: 'allOf', scopes: [ana, bo] }, team],
    })
  })
})

describe('the intersection of scopes', () => {
  test('of nothing is all', () => expect(allOf([])).toEqual(all))
  test('of one is that one', () => expect(allOf([ana])).toEqual(ana))
  test('of several', () => expect(allOf([ana, team])).toEqual({ kind: 'allOf', scopes: [ana, team] }))
  test('is none as soon as one is', () => expect(allOf([ana, none])).toEqual(none))
  test('is not changed by all', () => expect(allOf([all, ana, all])).toEqual(ana))
  test('is not changed by repeats', () => expect(allOf([ana, { ...ana }])).toEqual(ana))
  test('of intersections is flat, of unions is not', () => {
    expect(allOf([allOf([ana, bo]), team])).toEqual({ kind: 'allOf', scopes: [ana, bo, team] })
    expect(allOf([anyOf([ana, bo]), team])).toEqual({
      kind: 'allOf',
      scopes: [{ kind: 'anyOf', scopes: [ana, bo] }, team],
    })
  })
})

describe('scopes are the same', () => {
  test('when they are written the same', () => {
    expect(sameScope(ana, ana)).toBe(true)
    expect(sameScope(ana, { ...ana })).toBe(true)
    expect(sameScope(team, { ...team })).toBe(true)
  })
  test('not when they differ in kind, column or value', () => {
    expect(sameScope(ana, bo)).toBe(false)
    expect(sameScope(ana, all)).toBe(false)
    expect(sameScope(team, { kind: 'has', column: 'teams', values: [2n] })).toBe(false)
    expect(sameScope(team, { kind: 'has', column: 'teams', values: [1] })).toBe(false)
    expect(sameScope(team, { kind: 'has', column: 'editors', values: [1n] })).toBe(false)
  })
})

test('the columns a scope looks at, each once', () => {
  expect(columnsOf(all)).toStrictEqual([])
  expect(columnsOf(none)).toStrictEqual([])
  expect(columnsOf(ana)).toStrictEqual(['owner'])
  expect(columnsOf({ kind: 'isNull', column: 'owner' })).toStrictEqual(['owner'])
  expect(columnsOf(anyOf([ana, bo]))).toStrictEqual(['owner'])
  expect(columnsOf(anyOf([allOf([ana, team]), bo]))).toStrictEqual(['owner', 'teams'])
})
