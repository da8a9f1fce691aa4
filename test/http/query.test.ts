import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
  await service.unscoped.todo.createMany({
    data: Array.from({ length: 30 }, (_, at) => ({
      owner: at % 3 === 0 ? 'bo' : 'ana',
      title: `t${at % 4}`,
      done: at % 2 === 0,
    })),
  })
})
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana' })

interface Page {
  items: Record<string, unknown>[]
  nextCursor: string | null
  count?: number
}

describe('R23 count=exact', () => {
  test('counts the rows that paging to the end meets, on every page, and no others', async () => {
    let seen = 0
    for (let cursor = ''; ;) {
      const { body } = await ana()('GET', `/v1/todos?title=t1&limit=3&count=exact${cursor}`)
      const { items, nextCursor, count } = body as Page
      expect(count).toBe(6)
      seen += items.length
      if (nextCursor === null) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(seen).toBe(6)
    expect(await service.unscoped.todo.count({ where: { title: 't1' } })).toBe(8)
  })

  test('nothing is counted unless asked for, and nothing else can be asked', async () => {
    expect((await ana()('GET', '/v1/todos')).body).not.toHaveProperty('count')
    for (const count of ['', 'true', 'exact&count=exact', '1']) {
      const answer = await ana()('GET', `/v1/todos?count=${count}`)
      expect(answer.body).toMatchObject({ status: 400, errors: [{ parameter: 'count' }] })
    }
  })
})
