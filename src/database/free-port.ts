import { createServer } from 'node:net'

/** The wanted port if nobody listens on it, else one that the system picks (always for 0). */
export async function freePort(wanted: number): Promise<number> {
  return await probe(wanted).catch(() => probe(0))
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  })
}
