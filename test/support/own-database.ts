import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js'

/**
 * A process with an embedded database, to be killed by tests: prints the URL, and on SIGINT drains like the
 * service does, with a query half a second later.
 */
const [folder = ''] = process.argv.slice(2)
const { url, stop } = await startEmbeddedPostgres({ folder, durable: false, log: () => undefined })
const alive = setInterval(() => undefined, 1000)

process.once('SIGINT', () => {
  void (async () => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('SELECT 1')
    await client.end()
    await stop()
    process.stdout.write('drained\n')
    clearInterval(alive)
  })()
})
process.stdout.write(`${url}\n`)
