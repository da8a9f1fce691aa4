import { principal } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { mayLink } from '../../../src/policy/may-link.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', { id: 'Int', owner: 'String?', title: 'String?' })
const ana = principal({ provider: 'oidc', issuer: 'x', claims: { sub: 'ana' } })
const [hers, his] = [{ owner: 'ana' }, { owner: 'bo' }]

test('the rules of the model for the operation are asked, on the row', () => {
  const rules = policy(post, [allow.owner().to(['update']), allow.authenticated().to(['read', 'delete'])])
  expect(mayLink(rules, ana, 'update', hers)).toBe(true)
  expect(mayLink(rules, ana, 'update', his)).toBe(false)
  expect(mayLink(rules, ana, 'create', hers)).toBe(false)
  const creating = policy(post, [allow.authenticated().to(['create'])])
  expect(mayLink(creating, ana, 'create', his)).toBe(true)
  expect(mayLink(creating, ana, 'update', hers)).toBe(false)
})

test('the rules of a field, which open the row for that field, do not do', () => {
  const rules = policy(post, [allow.owner()], { title: [allow.authenticated()] })
  expect(mayLink(rules, ana, 'update', hers)).toBe(true)
  expect(mayLink(rules, ana, 'update', his)).toBe(false)
  expect(mayLink(rules, ana, 'create', his)).toBe(false)
  // Nor do they take the right away.
  const narrow = policy(post, [allow.authenticated()], { title: [allow.owner()] })
  expect(mayLink(narrow, ana, 'update', his)).toBe(true)
})

test('without rules nobody may', () =>
  expect(mayLink(policy(post, undefined), ana, 'update', hers)).toBe(false))
