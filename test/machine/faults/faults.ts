import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { FaultProxy } from '../../support/fault-proxy.js'
import type { Cluster } from './cluster.js'
import type { ServiceProcess } from './service-process.js'

/** What a fault is done to: one or more instances, and Postgres behind a proxy. */
export interface World {
  readonly proxy: FaultProxy
  readonly postgres: Cluster & { readonly folder: string }
  readonly services: readonly [ServiceProcess, ServiceProcess]
  /** A file that says how the clock of the first instance is off, for libfaketime. */
  readonly clock: (offset: string) => void
}

export interface Fault {
  readonly name: string
  /** How many instances. Default: 1. */
  readonly instances?: 1 | 2
  /** Whether connections to the service end with it, so that some writes are not answered at all. */
  readonly cutsOff?: boolean
  /** Whether nothing may fail: what is done in the regular course of things. */
  readonly isHarmless?: boolean
  /** What the instances are started with. */
  readonly env?: (world: World) => Readonly<Record<string, string>>
  /** The fault, from its beginning to when it is mended. */
  readonly happen: (world: World) => Promise<void>
}

/** The connection on which the next statement that begins so is sent. */
function onNext(proxy: FaultProxy, text: string): Promise<number> {
  return new Promise((found) => {
    proxy.onStatement = (sql, connection) => {
      if (!sql.startsWith(text)) return
      proxy.onStatement = undefined
      found(connection)
    }
  })
}

/** Holds one connection once it is in the middle of something; whoever waits for it is answered by then. */
const stallOne =
  (text: string, what: 'holdAnswers' | 'holdQuestions') =>
  async ({ proxy }: World) => {
    const connection = await onNext(proxy, text)
    proxy[what](connection)
    await after(6_000)
    proxy.release()
  }

const stallAll =
  (what: 'holdAnswers' | 'holdQuestions') =>
  async ({ proxy }: World) => {
    proxy[what]()
    await after(4_000)
    proxy.release()
  }

const times = async (count: number, work: (time: number) => unknown, pause: number) => {
  for (let time = 0; time < count; time++) {
    await work(time)
    await after(pause)
  }
}

const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'service'`

const stopped =
  (signal: NodeJS.Signals) =>
  async ({ postgres }: World) => {
    await postgres.signal(signal, 'server')
    await postgres.gone()
    await after(2_000)
    await postgres.start()
  }

const trigger = (body: string) => [
  `CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN NEW; END $$`,
  `CREATE OR REPLACE TRIGGER fault BEFORE INSERT OR UPDATE ON "Post" FOR EACH ROW EXECUTE FUNCTION fault()`,
]

/** Restarts an instance after each of these. */
const restarted =
  (count: number, signal: NodeJS.Signals) =>
  async ({ services: [service] }: World) => {
    await times(
      count,
      async () => {
        service.signal(signal)
        await service.exited()
        await service.start()
      },
      400,
    )
  }

export const faults: readonly Fault[] = [
  // The network between the service and Postgres.
  {
    name: 'F33 answers of one connection held back for 6 s, amid a batch',
    happen: stallOne('BEGIN', 'holdAnswers'),
  },
  { name: 'F33 … at an INSERT', happen: stallOne('INSERT', 'holdAnswers') },
  { name: 'F33 … at a COMMIT', happen: stallOne('COMMIT', 'holdAnswers') },
  { name: 'F33 … at an UPDATE', happen: stallOne('UPDATE', 'holdAnswers') },
  {
    name: 'F34 questions of one connection held back for 6 s, amid a batch',
    happen: stallOne('BEGIN', 'holdQuestions'),
  },
  { name: 'F34 … at a COMMIT', happen: stallOne('COMMIT', 'holdQuestions') },
  { name: 'answers of all connections held back for 4 s', happen: stallAll('holdAnswers') },
  { name: 'questions of all connections held back for 4 s', happen: stallAll('holdQuestions') },
  {
    name: 'F10 a hole in the network for 4 s (half-open: nobody is told)',
    async happen({ proxy }) {
      proxy.blackhole(true)
      await after(4_000)
      proxy.blackhole(false)
    },
  },
  { name: 'F10 all connections reset', happen: ({ proxy }) => times(1, () => proxy.reset(), 0) },
  {
    name: 'F10 all connections reset, ten times',
    happen: ({ proxy }) => times(10, () => proxy.reset(), 300),
  },
  {
    name: 'F10 reset as soon as a COMMIT is sent, ten times',
    happen: ({ proxy }) => times(10, () => onNext(proxy, 'COMMIT').then(() => proxy.reset()), 200),
  },
  {
    name: 'F10 every answer 200 ms late, for 5 s',
    async happen({ proxy }) {
      proxy.delay(200)
      await after(5_000)
      proxy.delay(0)
    },
  },
  {
    name: 'F03 Postgres cannot be reached for 3 s',
    async happen({ proxy }) {
      proxy.refuse(true)
      proxy.reset()
      await after(3_000)
      proxy.refuse(false)
    },
  },
  // Postgres.
  {
    name: 'F01 kill -9 of one session, and Postgres restarts all',
    happen: ({ postgres }) => postgres.signal('SIGKILL', 'a session'),
  },
  {
    name: 'F01 … three times',
    happen: ({ postgres }) => times(3, () => postgres.signal('SIGKILL', 'a session'), 1_500),
  },
  { name: 'F02 all sessions ended', happen: ({ postgres }) => postgres.run(ended) },
  { name: 'F02 … ten times', happen: ({ postgres }) => times(10, () => postgres.run(ended), 250) },
  {
    name: 'F12 kill -9 of Postgres and all its processes',
    async happen({ postgres }) {
      await postgres.signal('SIGKILL', 'all')
      await postgres.gone()
      await postgres.start()
    },
  },
  {
    name: 'F12 … five times',
    happen: ({ postgres }) =>
      times(
        5,
        async () => {
          await postgres.signal('SIGKILL', 'all')
          await postgres.gone()
          await postgres.start()
        },
        700,
      ),
  },
  { name: 'F03 Postgres stopped fast for 2 s', happen: stopped('SIGINT') },
  { name: 'F03 Postgres stopped at once for 2 s', happen: stopped('SIGQUIT') },
  {
    name: 'F04 SIGSTOP of Postgres for 5 s',
    async happen({ postgres }) {
      await postgres.signal('SIGSTOP', 'all')
      await after(5_000)
      await postgres.signal('SIGCONT', 'all')
    },
  },
  {
    name: 'F04 SIGSTOP of one session for 5 s',
    async happen({ postgres }) {
      await postgres.signal('SIGSTOP', 'a session')
      await after(5_000)
      await postgres.signal('SIGCONT', 'all')
    },
  },
  {
    name: 'F09 Postgres only reads, for 3 s',
    async happen({ postgres }) {
      await postgres.run('ALTER DATABASE faults SET default_transaction_read_only = on', ended)
      await after(3_000)
      await postgres.run(
        'SET default_transaction_read_only = off',
        'ALTER DATABASE faults RESET default_transaction_read_only',
        ended,
      )
    },
  },
  // What Postgres runs out of, or others take.
  {
    name: 'F07 every connection of Postgres taken by others for 3 s',
    async happen({ postgres, proxy }) {
      proxy.refuse(true)
      await postgres.run(ended)
      const others = []
      try {
        for (;;) others.push(await postgres.holdAsService('SELECT 1'))
      } catch {
        proxy.refuse(false)
      }
      await after(3_000)
      for (const other of others) await other.end()
    },
  },
  {
    name: 'F07 the role may connect twice, for 3 s',
    async happen({ postgres }) {
      await postgres.run('ALTER ROLE service CONNECTION LIMIT 2', ended)
      await after(3_000)
      await postgres.run('ALTER ROLE service CONNECTION LIMIT -1')
    },
  },
  {
    name: 'F08 the disk is full for 3 s',
    async happen({ postgres }) {
      const filler = join(postgres.folder, 'filler')
      mkdirSync(filler, { recursive: true })
      const { bavail, bsize } = statfsSync(postgres.folder)
      let left = bavail * bsize
      try {
        for (let at = 0; left > 0; at++, left -= 1 << 20)
          writeFileSync(join(filler, String(at)), Buffer.alloc(1 << 20, 1))
      } catch {
        // It is full.
      }
      await after(3_000)
      rmSync(filler, { recursive: true })
      await postgres.start()
    },
  },
  {
    name: 'F30 the table locked by others for 4 s',
    async happen({ postgres }) {
      const other = await postgres.hold('BEGIN', 'LOCK TABLE "Post" IN ACCESS EXCLUSIVE MODE')
      await after(4_000)
      await other.end()
    },
  },
  {
    name: 'all rows locked by others for 4 s',
    async happen({ postgres }) {
      const other = await postgres.hold('BEGIN', 'SELECT id FROM "Post" FOR UPDATE')
      await after(4_000)
      await other.end()
    },
  },
  {
    name: 'F05 every write takes 3 s, for 4 s',
    async happen({ postgres }) {
      await postgres.run(...trigger('PERFORM pg_sleep(3)'))
      await after(4_000)
      await postgres.run('DROP TRIGGER fault ON "Post"')
    },
  },
  {
    name: 'a checkpoint, a VACUUM FULL and an index anew, again and again',
    happen: ({ postgres }) =>
      times(5, () => postgres.run('CHECKPOINT', 'VACUUM FULL "Post"', 'REINDEX TABLE "Post"'), 200),
  },
  // The service.
  { name: 'F11 kill -9 of the service, five times', cutsOff: true, happen: restarted(5, 'SIGKILL') },
  { name: 'SIGTERM of the only instance, three times', cutsOff: true, happen: restarted(3, 'SIGTERM') },
  {
    name: 'F04 SIGSTOP of the service for 2 s',
    async happen({ services: [service] }) {
      service.signal('SIGSTOP')
      await after(2_000)
      service.signal('SIGCONT')
    },
  },
  {
    name: 'F13 F14 SIGTERM under load, each of two instances in turn, behind a balancer',
    instances: 2,
    isHarmless: true,
    happen: ({ services }) =>
      times(
        4,
        async (time) => {
          const service = services[time % 2 === 0 ? 0 : 1]
          service.signal('SIGTERM')
          if ((await service.exited()) !== 0)
            throw new Error(`it did not stop in order:\n${service.output()}`)
          await service.start()
        },
        500,
      ),
  },
  {
    name: 'kill -9 of one of two instances, three times',
    instances: 2,
    cutsOff: true,
    happen: restarted(3, 'SIGKILL'),
  },
  {
    name: 'two instances, and all their connections reset',
    instances: 2,
    happen: ({ proxy }) => times(5, () => proxy.reset(), 300),
  },
  {
    name: 'two instances, and kill -9 of Postgres',
    instances: 2,
    async happen({ postgres }) {
      await postgres.signal('SIGKILL', 'all')
      await postgres.gone()
      await postgres.start()
    },
  },
  ...['+3600', '-3600'].map((offset): Fault => ({
    name: `F26 the clock of the service jumps by ${offset} s and back`,
    env: () => ({
      LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
    }),
    async happen({ clock }) {
      await times(3, () => clock(offset), 0)
      await after(1_500)
      clock('+0')
    },
  })),
  {
    name: 'F42 kill -9 of a second instance at random moments of its start, five times',
    async happen({ services: [, other] }) {
      await times(
        5,
        async () => {
          const starting = other.start().catch(() => undefined)
          await after(Math.random() * 1_200)
          other.signal('SIGKILL')
          await other.exited()
          await starting
        },
        50,
      )
      await other.start()
      other.signal('SIGTERM')
      await other.exited()
    },
  },
]

/** What the faults need of the machine, beside Node. */
export function missingOnThisMachine(): string | undefined {
  if (process.getuid?.() !== 0) return 'root, to fill a file system of its own'
  const found = execFileSync('sh', ['-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null || true'], {
    encoding: 'utf8',
  })
  return found === '' ? "Debian's package libfaketime" : undefined
}
