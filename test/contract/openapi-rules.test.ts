import type { Catalog } from '../../src/catalog/catalog.js'
import { modelsOf } from '../../src/catalog/model.js'
import { catalog as exampleCatalog } from '../../src/generated/catalog.js'
import { openApiDocument, type OpenApiDocument } from '../../src/openapi/document.js'
import { builder, type Data } from '../../src/policy/builder.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import { resourcesOf } from '../../src/rest/resource.js'

describe('what the rules leave of the document', () => {
  const { a, defineData } = builder(exampleCatalog)

  it('leaves out a field that nobody can read, and keeps it where it can be written (R68)', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          Employee: a
            .model({
              salary: a.field().authorization((allow) => allow.group('HR').to(['create', 'update'])),
              notes: a.field().authorization((allow) => allow.group('HR').to(['create'])),
            })
            .authorization((allow) => allow.group('HR')),
        }),
      }),
    )
    const { Employee, EmployeeCreate, EmployeeUpdate, EmployeeSort } = document.components.schemas
    expect(Employee?.properties).toHaveProperty('bio')
    expect(JSON.stringify([Employee, EmployeeSort, document.paths])).not.toMatch(/salary|notes/u)
    expect(Object.keys(EmployeeCreate?.properties ?? {})).toEqual(['owner', 'name', 'bio', 'salary', 'notes'])
    expect(Object.keys(EmployeeUpdate?.properties ?? {})).toEqual(['owner', 'name', 'bio', 'salary'])
  })

  it('leaves out models without rules and operations that no rule grants', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          Post: a.model().authorization((allow) => allow.authenticated().to(['list'])),
        }),
      }),
    )
    expect(Object.keys(document.paths)).toEqual(['/posts', '/posts/query', '/me'])
    expect(Object.keys(document.paths['/posts'] ?? {})).toEqual(['get'])
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      ...['CountMode', 'DateTimeFilter', 'InputFault', 'IntFilter', 'Me', 'ModelOperations', 'Operation'],
      ...['Post', 'PostFields', 'PostFilter', 'PostPage', 'PostQuery', 'PostSort', 'Problem', 'Provider'],
      ...['StringFilter', 'UuidFilter'],
    ])
    expect(document.tags.map(({ name }) => name)).toEqual(['Post', 'Me'])
    expect(JSON.stringify(document)).not.toMatch(/omment|ProductStatus/u)
  })

  it('takes whoever a field rule opens rows to', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          Post: a
            .model({
              postname: a.field().authorization((allow) => [allow.guest().to(['read']), allow.owner()]),
            })
            .authorization((allow) => allow.owner()),
        }),
      }),
    )
    const { get, patch } = document.paths['/posts/{postId}'] ?? {}
    expect(get?.security).toEqual([{ bearer: [] }, {}])
    expect(patch?.security).toEqual([{ bearer: [] }])
  })

  it('takes for GET /me whoever some rule takes', () => {
    const me = (data: Data) => documentOf(data).paths['/me']?.['get']?.security
    const post = a.model()
    expect(
      me(defineData({ schema: a.schema({ Post: post.authorization((allow) => allow.owner()) }) })),
    ).toEqual([{ bearer: [] }])
    const open = post.authorization((allow) => [allow.guest().to(['read']), allow.publicApiKey()])
    expect(me(defineData({ schema: a.schema({ Post: open }) }))).toEqual([{ apiKey: [] }, {}])
  })

  it('tells writers who cannot read that they get the row, as far as they may see it, or nothing', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          Todo: a
            .model()
            .authorization((allow) => [
              allow.owner().to(['read']),
              allow.authenticated().to(['create', 'update']),
            ]),
        }),
      }),
    )
    expect(document.paths['/todos']?.['post']?.responses).toMatchObject({
      201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Todo' } } } },
    })
    expect(document.components.schemas['Todo']).not.toHaveProperty('required')
    expect(Object.keys(document.paths['/todos/{todoId}']?.['patch']?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '204']),
    )
  })
})

describe('relations', () => {
  const { a, defineData } = builder(exampleCatalog)
  const everyone = { Comment: a.model().authorization((allow) => allow.authenticated()) }

  it('leaves out those to models that nobody can read, or can only get (R68)', () => {
    const written = documentOf(
      defineData({
        schema: a.schema({
          ...everyone,
          Post: a.model().authorization((allow) => allow.owner().to(['create', 'update'])),
        }),
      }),
    )
    expect(Object.keys(written.paths)).not.toContain('/posts/{postId}/comments')
    expect(written.components.schemas).not.toHaveProperty('CommentInclude')
    expect(written.components.schemas['Comment']?.properties).not.toHaveProperty('post')
    const got = documentOf(
      defineData({
        schema: a.schema({
          Post: a.model().authorization((allow) => allow.authenticated()),
          Comment: a.model().authorization((allow) => allow.authenticated().to(['get'])),
        }),
      }),
    )
    // Not /posts/{postId}/comments: nobody can list comments.
    expect(Object.keys(got.paths)).toEqual([
      ...['/posts', '/posts/{postId}', '/posts/query'],
      ...['/posts/batchCreate', '/posts/batchUpdate', '/posts/batchDelete'],
      ...['/comments/{commentId}', '/me'],
    ])
    expect(got.components.schemas).not.toHaveProperty('PostInclude')
    expect(got.components.schemas['Post']?.properties).not.toHaveProperty('comments')
    expect(got.components.schemas['CommentInclude']?.enum).toEqual(['post'])
  })

  it('leaves out those over a key that nobody can read (R68)', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          Post: a.model().authorization((allow) => allow.authenticated()),
          Comment: a
            .model({ postId: a.field().authorization((allow) => allow.authenticated().to(['create'])) })
            .authorization((allow) => allow.authenticated()),
        }),
      }),
    )
    expect(JSON.stringify(document)).not.toMatch(/PostInclude|CommentInclude|listPostComments/u)
    expect(document.components.schemas['Post']?.properties).not.toHaveProperty('comments')
    expect(document.components.schemas['Comment']?.properties).not.toHaveProperty('post')
  })

  it('names what only one row allows beside what a list allows', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          Post: a
            .model({ content: a.field().authorization((allow) => allow.owner().to(['read'])) })
            .authorization((allow) => allow.authenticated().to(['get'])),
        }),
      }),
    )
    const { PostFields, PostItemFields } = document.components.schemas
    expect(PostFields?.enum).toEqual(['id', 'content'])
    expect(PostItemFields?.enum).toEqual(Object.keys(document.components.schemas['Post']?.properties ?? {}))
    const fields = (path: string) =>
      document.paths[path]?.['get']?.parameters?.find(({ name }) => name === 'fields')
    expect(fields('/posts')).toMatchObject({ schema: { items: { $ref: '#/components/schemas/PostFields' } } })
    expect(fields('/posts/{postId}')).toMatchObject({
      schema: { items: { $ref: '#/components/schemas/PostItemFields' } },
    })
  })

  it('takes credentials for a relation that both sides take', () => {
    const document = documentOf(
      defineData({
        schema: a.schema({
          ...everyone,
          Post: a.model().authorization((allow) => [allow.authenticated(), allow.guest().to(['read'])]),
        }),
      }),
    )
    expect(document.paths['/posts/{postId}']?.['get']?.security).toEqual([{ bearer: [] }, {}])
    expect(document.paths['/posts/{postId}/comments']?.['get']?.security).toEqual([{ bearer: [] }])
  })
})

describe('models of other shapes', () => {
  const { a, defineData } = builder(otherCatalog())
  const document = documentOf(
    defineData({
      schema: a.schema({
        Problem: a.model().authorization((allow) => allow.groupsDefinedIn('teams')),
        user_level: a
          .model()
          .path('levels')
          .version('rev')
          .clientIds()
          .authorization((allow) => allow.guest()),
      }),
    }),
  )
  const { schemas } = document.components

  it('gives a model its own name before a name of ours', () => {
    expect(schemas['Problem']?.properties).toHaveProperty('mood')
    expect(schemas['Problem2']?.properties).toHaveProperty('requestId')
    expect(document.components.responses['NotFound']).toMatchObject({
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem2' } } },
    })
  })

  it('writes nullable enums inline, lists of enums by name, small integers with their range', () => {
    expect(schemas['Problem']?.properties).toMatchObject({
      mood: { type: ['string', 'null'], enum: ['good', 'bad', null] },
      moods: { type: 'array', items: { $ref: '#/components/schemas/Mood' } },
      anything: { description: 'Whatever you like.' },
    })
    expect(schemas['ProblemCreate']).toMatchObject({
      properties: {
        mood: { type: ['string', 'null'], enum: ['good', 'bad', null] },
        size: { type: 'integer', minimum: -32768, maximum: 32767 },
        anything: { type: 'object', additionalProperties: true },
        code: { type: 'string', maxLength: 3 },
      },
      required: ['size', 'anything', 'code'],
      examples: [{ size: 1, anything: {}, code: 'The', mood: 'good', moods: ['good'] }],
    })
    expect(schemas['ProblemUpdate']?.properties).toMatchObject({
      mood: { $ref: '#/components/schemas/Mood' },
    })
  })

  it('follows names, paths and ids that are not the usual ones', () => {
    const own = Object.keys(document.paths).filter((path) => !path.includes('/batch'))
    expect(own).toEqual([
      '/problems',
      '/problems/{problemId}',
      '/problems/query',
      '/levels',
      '/levels/{user_levelId}',
      '/levels/query',
      '/me',
    ])
    expect(document.paths['/levels']).toMatchObject({
      get: { operationId: 'listUserLevels', tags: ['user_level'], security: [{}] },
      post: { operationId: 'createUserLevel' },
    })
    expect(schemas['UserLevelCreate']?.properties).toMatchObject({ id: { type: 'string', format: 'uuid' } })
    expect(schemas['UserLevel']?.properties?.['rev']).toMatchObject({ readOnly: true })
    const { patch } = document.paths['/levels/{user_levelId}'] ?? {}
    expect(patch?.parameters?.map((each) => each['name'])).toEqual([
      'user_levelId',
      'If-Match',
      'Idempotency-Key',
    ])
  })
})

function documentOf({ catalog, schema }: Data): OpenApiDocument {
  return openApiDocument(resourcesOf(compilePolicies(modelsOf(catalog), schema)), { basePath: '/v1' })
}

function otherCatalog() {
  const id = {
    kind: 'scalar',
    type: 'Int',
    column: 'id',
    list: false,
    required: true,
    default: 'autoincrement',
  } as const
  const column = { list: false, required: true } as const
  const facts = { id: { name: 'id', fields: ['id'] }, uniques: [], indexes: [] } as const
  return {
    models: {
      Problem: {
        ...facts,
        table: 'Problem',
        fields: {
          id,
          size: { ...column, kind: 'scalar', type: 'Int', column: 'size', native: 'SmallInt' },
          anything: {
            ...column,
            kind: 'scalar',
            type: 'Json',
            column: 'anything',
            doc: 'Whatever you like.',
          },
          code: { ...column, kind: 'scalar', type: 'String', column: 'code', native: 'VarChar(3)' },
          mood: { ...column, kind: 'enum', type: 'Mood', column: 'mood', required: false },
          moods: { ...column, kind: 'enum', type: 'Mood', column: 'moods', list: true },
          teams: { ...column, kind: 'scalar', type: 'String', column: 'teams', list: true },
        },
      },
      user_level: {
        ...facts,
        table: 'user_level',
        fields: {
          id: { ...id, type: 'String', default: 'uuid', native: 'Uuid' },
          rev: { ...column, kind: 'scalar', type: 'Int', column: 'rev', default: 'value' },
        },
      },
    },
    enums: { Mood: ['good', 'bad'] },
  } as const satisfies Catalog
}
