// A key server that takes time or memory: `node --import tsx evil-key-server.ts <kind>`. It prints where it listens, and for each
// line on its standard input how many bytes it has sent.
import { createServer, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

const kind = process.argv[2] ?? ''
const chunk = Buffer.alloc(65_536, ' ')
let sent = 0

const bomb = kind === 'gzip bomb' ? gzipSync(Buffer.alloc(300_000_000)) : undefined

const pour = (response: ServerResponse, length: number) => {
  let left = length
  const more = () => {
    while (left > 0 && !response.destroyed) {
      const piece = left < chunk.length ? chunk.subarray(0, left) : chunk
      left -= piece.length
      if (!response.write(piece)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

const answers: Record<string, (response: ServerResponse) => void> = {
  hang: () => undefined,
  drip(response) {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    const drip = setInterval(() => response.write(' '), 1000)
    response.on('close', () => clearInterval(drip))
  },
  '300 MB': (response) => pour(response, 300_000_000),
  '300 MB, said before'(response) {
    response.writeHead(200, { 'Content-Length': 300_000_000 })
    pour(response, 300_000_000)
  },
  'endless chunks': (response) => pour(response, Infinity),
  'gzip bomb'(response) {
    response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' })
    response.end(bomb)
  },
  '1 MiB and a byte': (response) => pour(response, 1_048_577),
}

const server =
  kind === 'drip of headers'
    ? createSocketServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX-Drip: ')
        const drip = setInterval(() => socket.write('x'), 1000)
        socket.on('close', () => clearInterval(drip)).on('error', () => undefined)
      })
    : createServer((_, response) => {
        const { socket } = response
        response.on('close', () => (sent += socket?.bytesWritten ?? 0))
        answers[kind]?.(response)
      })
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.stdin.on('data', () => process.stdout.write(`${sent}\n`))
