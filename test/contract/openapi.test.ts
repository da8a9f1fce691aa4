import { modelsOf } from '../../src/catalog/model.js'
import { data } from '../../src/data/resource.js'
import { openApiDocument } from '../../src/openapi/document.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import { resourcesOf } from '../../src/rest/resource.js'
import { openApiAjv, validatorFor, type AnswerValidator } from '../support/openapi-validator.js'
import { lint } from '../support/redocly.js'

const document = openApiDocument(resourcesOf(compilePolicies(modelsOf(data.catalog), data.schema)), {
  basePath: '/v1',
})
const { schemas } = document.components
const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

describe('the OpenAPI document of the example', () => {
  it('has no errors and no warnings in the recommended rules of Redocly', async () => {
    expect(await lint(document)).toEqual({ errors: 0, warnings: 0, problems: [] })
  })

  it('has schemas that JSON Schema knows every word of', () => {
    const text = JSON.stringify({ $id: 'document', $defs: schemas }).replaceAll(
      '#/components/schemas/',
      '#/$defs/',
    )
    const ajv = openApiAjv({ strict: true }).addSchema(JSON.parse(text) as object)
    for (const name of Object.keys(schemas)) {
      expect(ajv.validateSchema({ ...schemas[name] })).toBe(true)
      expect(() => ajv.compile({ $ref: `document#/$defs/${name}` })).not.toThrow()
    }
  })

  it('has the operations of the routes, under names that stay', () => {
    const names = Object.entries(document.paths).map(
      ([path, methods]) =>
        `${path}: ${Object.values(methods)
          .map((each) => each.operationId)
          .join(' ')}`,
    )
    expect(names).toEqual([
      '/posts: listPosts createPost',
      '/posts/{postId}: getPost updatePost deletePost',
      '/posts/query: queryPosts',
      '/posts/batchCreate: batchCreatePosts',
      '/posts/batchUpdate: batchUpdatePosts',
      '/posts/batchDelete: batchDeletePosts',
      '/posts/{postId}/comments: listPostComments',
      '/comments: listComments createComment',
      '/comments/{commentId}: getComment updateComment deleteComment',
      '/comments/query: queryComments',
      '/comments/batchCreate: batchCreateComments',
      '/comments/batchUpdate: batchUpdateComments',
      '/comments/batchDelete: batchDeleteComments',
      '/todos: listTodos createTodo',
      '/todos/{todoId}: getTodo updateTodo deleteTodo',
      '/todos/query: queryTodos',
      '/todos/batchCreate: batchCreateTodos',
      '/todos/batchUpdate: batchUpdateTodos',
      '/todos/batchDelete: batchDeleteTodos',
      '/projects: listProjects createProject',
      '/projects/{projectId}: getProject updateProject deleteProject',
      '/projects/query: queryProjects',
      '/projects/batchCreate: batchCreateProjects',
      '/projects/batchUpdate: batchUpdateProjects',
      '/projects/batchDelete: batchDeleteProjects',
      '/memberships: listMemberships createMembership',
      '/memberships/{teamId}/{userId}: getMembership updateMembership deleteMembership',
      '/memberships/query: queryMemberships',
      '/memberships/batchCreate: batchCreateMemberships',
      '/memberships/batchUpdate: batchUpdateMemberships',
      '/memberships/batchDelete: batchDeleteMemberships',
      '/employees: listEmployees createEmployee',
      '/employees/{employeeId}: getEmployee updateEmployee deleteEmployee',
      '/employees/query: queryEmployees',
      '/employees/batchCreate: batchCreateEmployees',
      '/employees/batchUpdate: batchUpdateEmployees',
      '/employees/batchDelete: batchDeleteEmployees',
      '/products: listProducts createProduct',
      '/products/{productId}: getProduct updateProduct deleteProduct',
      '/products/query: queryProducts',
      '/products/batchCreate: batchCreateProducts',
      '/products/batchUpdate: batchUpdateProducts',
      '/products/batchDelete: batchDeleteProducts',
      '/me: getMe',
    ])
  })

  it('asks for a token everywhere', () => {
    expect(document.components.securitySchemes).toEqual({
      bearer: expect.objectContaining({ type: 'http', scheme: 'bearer' }) as unknown,
    })
    expect(new Set(operations.map(({ security }) => JSON.stringify(security)))).toEqual(
      new Set(['[{"bearer":[]}]']),
    )
  })

  it('documents the statuses that can occur', () => {
    const sorted = (statuses: readonly string[]) => [...statuses].sort()
    const shared = ['400', '401', '403', '406']
    const ours = ['429', '500', '503']
    expect(statusesOf('listPosts')).toEqual(sorted(['200', ...shared, ...ours]))
    expect(statusesOf('createPost')).toEqual(
      sorted(['201', ...shared, '404', '409', '413', '415', '422', ...ours]),
    )
    expect(statusesOf('getPost')).toEqual(sorted(['200', '304', ...shared, '404', ...ours]))
    expect(statusesOf('updatePost')).toEqual(
      sorted([...['200', ...shared, '404', '409', '412', '413', '415', '422'], ...ours]),
    )
    expect(statusesOf('listPostComments')).toEqual(sorted(['200', ...shared, '404', ...ours]))
    expect(statusesOf('deletePost')).toEqual(sorted(['204', ...shared, '404', '409', '412', ...ours]))
    // Without a version column too; with a list of owners a writer can lose sight of the row.
    expect(statusesOf('deleteMembership')).toEqual(sorted(['204', ...shared, '404', '412', ...ours]))
    const writing = ['409', '412', '413', '415', '422']
    expect(statusesOf('batchUpdatePosts')).toEqual(sorted(['200', ...shared, '404', ...writing, ...ours]))
    expect(statusesOf('batchDeletePosts')).toEqual(sorted(['204', ...shared, '404', ...writing, ...ours]))
    expect(statusesOf('batchCreatePosts')).toEqual(
      sorted([...['200', ...shared, '404', '409', '413', '415', '422'], ...ours]),
    )
    expect(statusesOf('updateProject')).toContain('204')
    expect(statusesOf('getMe')).toEqual(sorted(['200', '400', '401', '406', ...ours]))
  })

  it('types the columns for clients', () => {
    expect(schemas['Product']?.properties).toMatchObject({
      id: { type: 'string', format: 'uuid', readOnly: true },
      status: { $ref: '#/components/schemas/ProductStatus' },
      price: { type: 'string', format: 'decimal' },
      stock: { type: 'string', format: 'int64' },
      weight: { type: ['number', 'null'], format: 'double' },
      rating: { type: ['integer', 'null'], format: 'int32' },
      attributes: {},
      thumbnail: { type: ['string', 'null'], contentEncoding: 'base64' },
      releasedAt: { type: ['string', 'null'], format: 'date-time' },
    })
    expect(schemas['ProductStatus']).toEqual({ type: 'string', enum: ['draft', 'active', 'retired'] })
    expect(parameter('listProducts', 'listed')).toMatchObject({ schema: { type: 'boolean' } })
    expect(parameter('listTodos', 'limit')).toMatchObject({ schema: { type: 'integer', minimum: 1 } })
    expect(parameter('getTodo', 'todoId')).toMatchObject({ schema: { type: 'integer', format: 'int32' } })
    expect(JSON.stringify(document)).not.toMatch(
      /"maximum"|"pattern":"[^"]*","format"|"format":"[^"]*","pattern"/u,
    )
  })

  it('takes an Idempotency-Key where rows are written and can be written twice', () => {
    const taking = operations.filter(({ parameters = [] }) =>
      parameters.some(({ name }) => name === 'Idempotency-Key'),
    )
    const verbs = taking.map(({ operationId }) => /^[a-z]+/u.exec(operationId)?.[0])
    expect([...new Set(verbs)].sort()).toEqual(['batch', 'create', 'update'])
  })

  it('types filters by operator, and names what a query is made of', () => {
    expect(parameter('listProducts', 'price__gte')).toMatchObject({
      schema: { type: 'string', format: 'decimal' },
    })
    expect(parameter('listProducts', 'status__in')).toMatchObject({
      style: 'form',
      explode: true,
      schema: { type: 'array', items: { $ref: '#/components/schemas/ProductStatus' } },
    })
    expect(parameter('listProducts', 'releasedAt__null')).toMatchObject({ schema: { type: 'boolean' } })
    expect(parameter('listProducts', 'name__contains__i')).toMatchObject({ schema: { type: 'string' } })
    expect(parameter('listProducts', 'scores__has')).toMatchObject({
      schema: { type: 'integer', format: 'int32' },
    })
    for (const absent of ['name__null', 'id__contains', 'attributes', 'tags', 'listed__gt', 'listed__in'])
      expect(parameter('listProducts', absent)).toBeUndefined()
    expect(schemas['PostFilter']?.properties).toMatchObject({
      and: { items: { $ref: '#/components/schemas/PostFilter' } },
      not: { $ref: '#/components/schemas/PostFilter' },
      postname: { $ref: '#/components/schemas/StringFilter' },
      id: { $ref: '#/components/schemas/UuidFilter' },
      comments: { $ref: '#/components/schemas/CommentQuantifier' },
    })
    expect(schemas['CommentFilter']?.properties?.['post']).toEqual({
      $ref: '#/components/schemas/PostCondition',
    })
    expect(schemas['CommentCondition']?.properties).not.toHaveProperty('post')
    expect(schemas['ProductStatusFilter']).toMatchObject({
      properties: {
        eq: { $ref: '#/components/schemas/ProductStatus' },
        in: { type: 'array', items: { $ref: '#/components/schemas/ProductStatus' } },
        null: { type: 'boolean' },
      },
      additionalProperties: false,
    })
    expect(Object.keys(schemas['StringListFilter']?.properties ?? {})).toEqual([
      'has',
      'hasSome',
      'hasEvery',
      'empty',
    ])
    expect(schemas['PostQuery']?.properties).toMatchObject({
      where: { $ref: '#/components/schemas/PostFilter' },
      sort: { type: 'array', items: { $ref: '#/components/schemas/PostSort' } },
      limit: { type: 'integer', minimum: 1 },
    })
  })

  it('has at most 100 parameters in an operation', () => {
    for (const { operationId, parameters = [] } of operations)
      expect([operationId, parameters.length <= 100]).toEqual([operationId, true])
  })

  it('closes what is sent and leaves open what is answered', () => {
    const isClosed = Object.entries(schemas).filter(
      ([, { additionalProperties }]) => additionalProperties === false,
    )
    const sent = Object.keys(schemas).filter((name) =>
      /(?:Create|Update|Delete|Item|Key|Query|Filter|Condition|Quantifier)$/u.test(name),
    )
    expect(isClosed.map(([name]) => name)).toEqual(sent)
  })

  it('lets nothing in an update be null, and in a create only what may as well be left out', () => {
    const updates = Object.entries(schemas).filter(
      ([name]) => /[a-z]Update$/u.test(name) && !name.endsWith('BatchUpdate'),
    )
    expect(updates).toHaveLength(7)
    expect(JSON.stringify(updates)).not.toContain('null')
    expect(schemas['PostCreate']?.properties).toEqual({
      owner: { type: 'string' }, // null would suppress the stamp
      postname: { type: 'string' },
      content: { type: ['string', 'null'] },
    })
    expect(schemas['EmployeeCreate']?.properties?.['salary']?.type).toBe('string') // has rules of its own
  })

  it('gives bodies that can be sent as they stand', () => {
    const ajv = openApiAjv().addSchema({ ...document, $id: 'document' }, 'document', undefined, false)
    for (const name of Object.keys(schemas).filter((each) => /(?:Create|Update|Delete)$/u.test(each))) {
      const [example] = schemas[name]?.['examples'] as [unknown]
      expect(ajv.validate(`document#/components/schemas/${name}`, example)).toBe(true)
    }
    // An owner that somebody made up would be refused.
    expect(schemas['PostCreate']).toMatchObject({
      examples: [{ postname: 'The postname', content: 'The content' }],
    })
  })

  it('requires nothing of a row: callers choose its fields, and what they may not read is left out', () => {
    for (const name of ['Post', 'Comment', 'Todo', 'Project', 'Membership', 'Employee', 'Product'])
      expect(schemas[name]).not.toHaveProperty('required')
    expect(schemas['PostPage']?.required).toEqual(['items', 'nextCursor'])
    expect(schemas).not.toHaveProperty('PostCreated')
  })

  it('has the related rows of a row: lists, and a single one that can be hidden', () => {
    expect(schemas['Post']?.properties?.['comments']).toEqual({
      type: 'array',
      items: { $ref: '#/components/schemas/Comment' },
      readOnly: true,
    })
    expect(schemas['Comment']?.properties?.['post']).toEqual({
      anyOf: [{ $ref: '#/components/schemas/Post' }, { type: 'null' }],
      readOnly: true,
    })
    expect(Object.keys(schemas['Todo']?.properties ?? {})).toEqual([
      ...['id', 'owner', 'title', 'done', 'dueAt', 'createdAt', 'version'],
    ])
    for (const name of ['PostCreate', 'PostUpdate', 'CommentCreate', 'CommentUpdate'])
      expect(JSON.stringify(schemas[name]?.properties)).not.toMatch(/"comments"|"post"/u)
  })

  it('names the fields and the relations that can be asked for', () => {
    expect(schemas['PostFields']?.enum).toEqual([
      ...['id', 'owner', 'postname', 'content', 'createdAt', 'updatedAt', 'version'],
    ])
    expect(schemas['PostInclude']).toEqual({ type: 'string', enum: ['comments', 'comments.post'] })
    expect(schemas['CommentInclude']).toEqual({ type: 'string', enum: ['post', 'post.comments'] })
    // No relation leads on from a todo, and an item of the example allows what its list does.
    expect(Object.keys(schemas).filter((name) => /Include$|Item(?:Fields|Include)$/u.test(name))).toEqual([
      'PostInclude',
      'CommentInclude',
    ])
    const list = (name: string) => ({
      schema: { type: 'array', items: { $ref: `#/components/schemas/${name}` } },
    })
    for (const call of ['listPosts', 'getPost']) {
      expect(parameter(call, 'fields')).toMatchObject({ ...list('PostFields'), style: 'form', explode: true })
      expect(parameter(call, 'include')).toMatchObject({
        ...list('PostInclude'),
        style: 'form',
        explode: true,
      })
    }
    for (const call of ['createPost', 'updatePost', 'deletePost'])
      expect([parameter(call, 'fields'), parameter(call, 'include')]).toEqual([undefined, undefined])
    expect(parameter('listTodos', 'include')).toBeUndefined()
  })

  it('gives a relation the parameters of the related collection, but none that the path has', () => {
    const named = (operationId: string) =>
      operations
        .find((each) => each.operationId === operationId)
        ?.parameters?.map((each) => [each['in'], each['name']].join(' '))
    expect(named('listPostComments')).toEqual([
      'path postId',
      ...(named('listComments') ?? []).filter((name) => name !== 'query postId'),
    ])
    expect(named('listComments')).toContain('query postId')
    expect(parameter('listPostComments', 'sort')).toEqual(parameter('listComments', 'sort'))
  })
})

describe('the check of answers against the document', () => {
  const conforms = validatorFor(document)
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': '1' }
  const id = '0190a5d2-7c1e-7b5e-8f3a-5b7d9c1e2f30'
  const times = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' }
  const post = { id, owner: 'ana', postname: 'One', content: null, ...times, version: 1 }
  const related = (more: object) => ({ ...post, comments: [{ id, postId: id, ...more }] })
  const asProblem = { ...headers, 'content-type': 'application/problem+json' }
  const problem = {
    type: 'https://claimstake.dev/errors#NOT_FOUND',
    title: 'Not found',
    status: 404,
    instance: `/v1/posts/${id}`,
    code: 'NOT_FOUND',
    requestId: '1',
  }
  const refused = {
    ...problem,
    type: 'https://claimstake.dev/errors#METHOD_NOT_ALLOWED',
    title: 'The method is not supported here',
    code: 'METHOD_NOT_ALLOWED',
    status: 405,
  }
  const withAllow = { ...asProblem, allow: 'GET' }
  it.each<Case>([
    ['a row', 'GET', `/v1/posts/${id}`, 200, headers, post],
    ['some of its fields', 'GET', `/v1/posts/${id}?fields=id`, 200, headers, { id }],
    ['related rows', 'GET', `/v1/posts/${id}?include=comments.post`, 200, headers, related({ post: null })],
    ['a page', 'GET', '/v1/posts?limit=1', 200, headers, { items: [post], nextCursor: null }],
    ['no body', 'DELETE', `/v1/posts/${id}`, 204, headers, {}],
    ['HEAD', 'HEAD', `/v1/posts/${id}`, 200, headers, {}],
    ['a problem', 'GET', `/v1/posts/${id}`, 404, asProblem, problem],
    [
      'an unknown path',
      'GET',
      '/v1/nothing/here',
      404,
      asProblem,
      { ...problem, instance: '/v1/nothing/here' },
    ],
    ['an unknown method', 'PUT', `/v1/posts/${id}`, 405, withAllow, refused],
    ['what is beside the API', 'GET', '/livez', 200, {}, 'ok'],
  ])('accepts %s', (_, ...answer) => {
    expect(() => conforms(...answer)).not.toThrow()
  })

  it.each<Case>([
    ['a field that no schema names', 'GET', `/v1/posts/${id}`, 200, headers, { ...post, secret: 1 }],
    [
      'a related row in a list that is none',
      'GET',
      `/v1/posts/${id}`,
      200,
      headers,
      { ...post, comments: {} },
    ],
    [
      'a field of a related row that no schema names',
      'GET',
      `/v1/posts/${id}`,
      200,
      headers,
      related({ secret: 1 }),
    ],
    ['a wrong format', 'GET', `/v1/posts/${id}`, 200, headers, { ...post, createdAt: 'today' }],
    ['another status', 'GET', '/v1/posts', 202, headers, { items: [], nextCursor: null }],
    ['a missing header', 'POST', '/v1/posts', 201, headers, post],
    ['another media type', 'GET', '/v1/posts/1', 404, headers, problem],
    ['a body where none is', 'DELETE', `/v1/posts/${id}`, 204, headers, post],
    ['success on an unknown path', 'GET', '/v1/nothing', 200, headers, {}],
    ['a header that is not named', 'DELETE', `/v1/posts/${id}`, 204, { ...headers, etag: '"1"' }, {}],
    ['a header on a failure', 'GET', `/v1/posts/${id}`, 404, { ...asProblem, 'retry-after': '1' }, problem],
    ['a method without Allow', 'PUT', `/v1/posts/${id}`, 405, asProblem, refused],
    [
      'Allow on an unknown path',
      'GET',
      '/v1/nothing/here',
      404,
      withAllow,
      { ...problem, instance: '/v1/nothing/here' },
    ],
    [
      'another charset',
      'GET',
      '/v1/posts?limit=1',
      200,
      { ...headers, 'content-type': 'application/json; charset=latin1' },
      { items: [], nextCursor: null },
    ],
    ['a code of another status', 'GET', `/v1/posts/${id}`, 404, asProblem, { ...problem, code: 'CONFLICT' }],
    ['an unknown code', 'GET', `/v1/posts/${id}`, 404, asProblem, { ...problem, code: 'X' }],
    ['a title of our own', 'GET', `/v1/posts/${id}`, 404, asProblem, { ...problem, title: 'X' }],
    ['the path of another', 'GET', `/v1/posts/${id}`, 404, asProblem, { ...problem, instance: '/v1' }],
    ['the id of another request', 'GET', `/v1/posts/${id}`, 404, asProblem, { ...problem, requestId: '2' }],
    ['an error page', 'PUT', '/v1/posts', 405, { ...headers, 'content-type': 'text/html' }, {}],
  ])('refuses %s', (_, ...answer) => {
    expect(() => conforms(...answer)).toThrow('outside the document')
  })
})

describe('the check of requests that succeeded', () => {
  const conforms = validatorFor(document)
  const headers = { 'content-type': 'application/json', 'x-request-id': '1' }
  const json = { 'content-type': 'application/json' }
  const page = { items: [], nextCursor: null }
  const list = (query: string) => () =>
    conforms('GET', `/v1/${query}`, 200, headers, page, { headers: {}, body: undefined })
  const create =
    (body: unknown, sent: Readonly<Record<string, string>> = json) =>
    () =>
      conforms('POST', '/v1/posts', 201, { ...headers, location: '/v1/posts/1' }, post, {
        headers: sent,
        body,
      })
  const id = '0190a5d2-7c1e-7b5e-8f3a-5b7d9c1e2f30'
  const times = { createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' }
  const post = { id, owner: 'ana', postname: 'One', content: null, ...times, version: 1 }

  it.each([
    ['a parameter', list('posts?limit=5')],
    ['a list, repeated or joined', list('posts?sort=owner,postname&sort=id_desc')],
    ['a Boolean of Python', list('todos?done=True')],
    ['a body', create({ postname: 'One' })],
    ['null for what may be left out', create({ postname: 'One', owner: null })],
  ])('accepts %s', (_, call) => {
    expect(call).not.toThrow()
  })

  it.each([
    ['an unknown parameter', list('posts?nothing=5')],
    ['a wrong type', list('posts?limit=x')],
    ['an empty value', list('posts?limit=')],
    ['a repeated parameter', list('posts?limit=1&limit=2')],
    ['an unknown value', list('posts?sort=nothing')],
    ['an unknown member', create({ postname: 'One', nothing: 1 })],
    ['a missing member', create({})],
    ['a missing body', create(undefined)],
    ['another media type', create({ postname: 'One' }, { 'content-type': 'text/plain' })],
  ])('refuses %s', (_, call) => {
    expect(call).toThrow('outside the document')
  })
})

type Case = [string, ...Parameters<AnswerValidator>]

function statusesOf(operationId: string): string[] {
  const operation = operations.find((each) => each.operationId === operationId)
  return Object.keys(operation?.responses ?? {})
}

function parameter(operationId: string, name: string): unknown {
  const operation = operations.find((each) => each.operationId === operationId)
  return operation?.parameters?.find((each) => each['name'] === name)
}
