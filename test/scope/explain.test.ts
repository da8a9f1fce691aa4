import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

const row = { owner: 'ana' }

test('$explain says of the caller what db.explain says of a principal, in a transaction too', async () => {
  const bo = service.principal({ user_id: 'bo' })
  const client = service.db.as(bo)
  const said = service.db.explain(bo, 'get', 'Post', row)
  expect(said.allowed).toBe(false)
  expect(client.$explain('get', 'Post', row)).toEqual(said)
  expect(client.$explain('get', 'Post').allowed).toBe(true)
  expect(client.$explain('get', 'Post', row, { values: false })).toEqual(
    service.db.explain(bo, 'get', 'Post', row, { values: false }),
  )
  await client.$transaction((tx) => {
    expect(tx.$explain('get', 'Post', row)).toEqual(said)
    return Promise.resolve()
  })
})

test('a name that is not there is a TypeError', () => {
  const client = service.db.as(service.principal({ user_id: 'bo' }))
  expect(() => client.$explain('read' as 'get', 'Post')).toThrow(TypeError)
  expect(() => client.$explain('get', 'Nothing' as 'Post')).toThrow(TypeError)
})
