import { operations, operationsOf } from '../../../src/policy/operation.js'

test('the operations, in the order messages list them', () =>
  expect(operations).toEqual(['create', 'get', 'list', 'update', 'delete', 'listen']))

describe('what a word in a rule stands for', () => {
  test.each(['create', 'get', 'list', 'update', 'delete', 'listen'])('%s is itself', (operation) =>
    expect(operationsOf(operation)).toEqual([operation]),
  )
  test('read is get, list and listen', () => expect(operationsOf('read')).toEqual(['get', 'list', 'listen']))
  test.each(['sync', 'search'])("%s is Amplify's word for list", (word) =>
    expect(operationsOf(word)).toEqual(['list']),
  )
  test.each(['write', 'Read', '', 'toString', '__proto__'])('%j is no operation', (word) =>
    expect(operationsOf(word)).toEqual([]),
  )
})
