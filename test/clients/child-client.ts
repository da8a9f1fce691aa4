import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Answer, Connect, ProductClient } from './product-client.js'

/**
 * A client in another language: a process that reads one call a line and answers each with one line. It gets the
 * service's address and the token as its last two arguments.
 */
export function connectChild(command: string, args: readonly string[]): Connect {
  return ({ baseUrl, token }) => {
    const child = spawn(command, [...args, baseUrl, token], { stdio: ['pipe', 'pipe', 'pipe'] })
    let complaints = ''
    child.stderr.on('data', (bytes: Buffer) => (complaints += bytes.toString()))
    const lines: AsyncIterator<string, unknown> = createInterface(child.stdout)[Symbol.asyncIterator]()

    async function call<T>(request: object): Promise<Answer<T>> {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { done, value } = await lines.next()
      if (done) throw new Error(`${command} ended: ${complaints}`)
      const { data, ...answer } = JSON.parse(value) as Answer<T>
      return { ...answer, ...(data && { data }) }
    }

    const client: ProductClient = {
      create: (product) => call({ call: 'create', product }),
      list: (query) => call({ call: 'list', query }),
      get: (id, options) => call({ call: 'get', id, ...options }),
      update: (id, set, options) => call({ call: 'update', id, set, ...options }),
      remove: (id, options) => call({ call: 'remove', id, ...options }),
      query: (query) => call({ call: 'query', query }),
      updateAll: (items) => call({ call: 'updateAll', items }),
      getPost: (id, include) => call({ call: 'getPost', id, include }),
    }
    return { ...client, close: () => void child.stdin.end() }
  }
}
