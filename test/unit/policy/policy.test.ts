import { allow } from '../../../src/policy/allow.js'
import { governing, rulesOf } from '../../../src/policy/policy.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', { id: 'Uuid', owner: 'String?', title: 'String?', salary: 'Int?' })
const compiled = () => policy(post, [allow.owner()], { title: [allow.guest()], salary: [allow.group('HR')] })

test("every rule of a model, its fields' included", () =>
  expect(rulesOf(compiled()).map(({ label }) => label)).toEqual(['owner()', 'guest()', "groups('HR')"]))

test("a field is governed by its own rules, else by the model's", () => {
  const labels = (field: string) => governing(compiled(), field).all.map(({ label }) => label)
  expect(labels('title')).toEqual(['guest()'])
  expect(labels('owner')).toEqual(['owner()'])
})
