import { modelsOf, type Model } from '../../../src/catalog/model.js'
import { openApiDocument } from '../../../src/openapi/document.js'
import { allow } from '../../../src/policy/allow.js'
import { policyNotes } from '../../../src/policy/notes.js'
import { parameterFaults } from '../../../src/rest/parameter-faults.js'
import { resourcesOf, type Resource } from '../../../src/rest/resource.js'
import { catalog, model, policy, type FakeFields } from '../../support/fake-catalog.js'

const policiesOf = (of: Model) => new Map([[of.name, policy(of, [allow.authenticated()])]])
const resourceOf = (fields: FakeFields): Resource => {
  const [resource] = resourcesOf(policiesOf(model('Post', fields)))
  if (!resource) throw new Error('not served')
  return resource
}
const parametersOf = (fields: FakeFields) => [...resourceOf(fields).filters.keys()]

describe('the parameters of a list', () => {
  test('are those of every operator that fits, round by round', () => {
    const fields = { id: 'Uuid', title: 'String?', likes: 'Int', tags: 'String[]', data: 'Json' }
    expect(parametersOf(fields)).toEqual([
      ...['id', 'title', 'likes', 'id__in', 'title__in', 'likes__in', 'title__null'],
      ...['likes__gt', 'likes__gte', 'likes__lt', 'likes__lte', 'title__contains', 'title__startsWith'],
      ...['tags__has', 'title__i', 'title__contains__i', 'title__startsWith__i'],
    ])
  })

  test.each([
    ['Int', 20],
    ['String?', 31],
    ['Int?', 60],
    ['String', 130],
  ])('of %s, %i times, are 100 at most', (type, columns) => {
    const named = Array.from({ length: columns }, (_, at) => [`field${at}`, type])
    const resource = resourceOf({ id: 'Uuid', ...(Object.fromEntries(named) as FakeFields) })
    const { paths, components } = openApiDocument([resource], { basePath: '/v1' })
    const counts = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .map(({ parameters = [] }) => parameters.length)
    expect(Math.max(...counts)).toBeLessThanOrEqual(100)
    expect(resource.filters.has('field0')).toBe(true)
    // A query has them all.
    expect(components.schemas['PostFilter']?.properties).toHaveProperty(`field${columns - 1}`)
  })

  test.each([1, 3, 7])('of the rows behind one with an id of %i columns, are 100 at most too', (parts) => {
    const wide = Array.from({ length: 130 }, (_, at) => [`field${at}`, 'Int'])
    const key = Array.from({ length: parts }, (_, at) => [`part${at}`, 'String!'])
    const of = catalog({
      Parent: { ...(Object.fromEntries(key) as FakeFields), children: '-> Child[]' },
      Child: { id: 'Uuid', ...(Object.fromEntries(wide) as FakeFields), parent: '-> Parent?' },
    })
    const policies = [...modelsOf(of)].map(
      ([name, each]) => [name, policy(each, [allow.authenticated()])] as const,
    )
    const { paths } = openApiDocument(resourcesOf(new Map(policies)), { basePath: '/v1' })
    const counts = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .map(({ operationId, parameters = [] }) => [operationId, parameters.length] as const)
    expect(Math.max(...counts.map(([, count]) => count))).toBe(100)
    expect(counts.find(([, count]) => count === 100)?.[0]).toBe('listParentChildren')
  })

  test('leave out columns that are named like another parameter of the list', () => {
    expect(parametersOf({ id: 'Uuid', limit: 'Int', Sort: 'String?' })).toEqual(['id', 'id__in'])
  })

  test('leave out what nobody can list', () => {
    const post = model('Post', { id: 'Uuid', secret: 'String' })
    const closed = policy(post, [allow.authenticated()], {
      secret: [allow.authenticated().to(['create'])],
    })
    const [resource] = resourcesOf(new Map([['Post', closed]]))
    expect([...(resource?.filters.keys() ?? [])]).toEqual(['id', 'id__in'])
  })
})

describe('parameters that generated clients would take for one', () => {
  test.each<[string, FakeFields, string]>([
    ['a column and an operator', { id: 'Uuid', checkIn: 'Int', check: 'String' }, 'checkIn and check__in'],
    ['two columns', { id: 'Uuid', user_id: 'String', userId: 'String' }, 'user_id and userId'],
    ['a part of the id and another parameter', { Include: 'String!', b: 'String!' }, 'include and Include'],
    ['the same name', { include: 'String!', b: 'String!' }, 'include and include'],
  ])('%s', (_, fields, twins) => {
    const [first = ''] = parameterFaults(policiesOf(model('Stay', fields)))
    expect(first).toContain(`the parameters ${twins}`)
    expect(first).toContain('rename one field in schema.prisma')
  })

  test('others are no fault', () => {
    const fields = { id: 'Uuid', title: 'String', in: 'Int' }
    expect(parameterFaults(policiesOf(model('Post', fields)))).toEqual([])
  })
})

describe('columns that cannot be read back exactly', () => {
  const native: Readonly<Record<string, string>> = {
    ...{ a: 'Timestamp(3)', b: 'Timestamp(6)', c: 'Timestamptz', d: 'Timestamptz(3)', f: 'Date', g: 'Real' },
  }
  const times = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, 'DateTime']))
  const base = catalog({ Post: { id: 'Uuid', ...times, g: 'Float', h: 'Float' } })
  const [[name, facts] = ['', undefined]] = Object.entries(base.models)
  if (!facts) throw new Error('no model')
  const fields = Object.entries(facts.fields).map(([field, column]) => [
    field,
    native[field] === undefined ? column : { ...column, native: native[field] },
  ])
  const models = modelsOf({
    ...base,
    models: { [name]: { ...facts, fields: Object.fromEntries(fields) as typeof facts.fields } },
  })
  const policies = new Map([...models].map(([each, of]) => [each, policy(of, [allow.authenticated()])]))

  test('do not sort, as pages would lose rows', () => {
    const [resource] = resourcesOf(policies)
    expect([...(resource?.sortable ?? [])]).toEqual(['id', 'a', 'd', 'e', 'f', 'h'])
  })

  test('are told of at start', () => {
    const notes = policyNotes({ models, policies, schema: { models: {} }, kinds: [] })
    const told = notes.filter((note) => note.includes('no list is sorted by it'))
    expect(told).toEqual([
      'Post.b is @db.Timestamp(6), which cannot be read back exactly: no list is sorted by it; use @db.Timestamp(3)',
      expect.stringContaining('use @db.Timestamptz(3)'),
      expect.stringContaining('use @db.DoublePrecision'),
    ])
  })
})
