import pg, { type ClientConfig } from 'pg'

/** A connection of its own that waits for notifications. */
export interface Listener {
  readonly isListening: () => boolean
  /** Ends it; nothing is heard afterwards. */
  readonly close: () => Promise<void>
}

/** Milliseconds between two attempts to connect: the first, doubled with each failure, and the longest. */
const pauses = { first: 1_000, longest: 30_000 }

/** How long the server is waited for when a connection is ended, in milliseconds. */
const farewell = 1_000

/**
 * Listens to a channel for as long as it is wanted, connecting again whenever the connection is lost. It promises nothing:
 * whoever listens must be right without it (behind a pooler in transaction mode nothing is ever heard). It neither ends
 * the process nor keeps it alive.
 *
 * @param config how to connect: the options of a pool
 * @param channel a plain SQL name
 * @param onHeard called for each notification
 * @param onLost called once when it cannot listen, or can no longer, until it can again
 */
export function listen(
  config: ClientConfig,
  channel: string,
  onHeard: () => void,
  onLost: (error: unknown) => void,
): Listener {
  let client: pg.Client | undefined
  let isListening = false
  let isTold = false
  let isClosed = false
  let pause = pauses.first
  let timer: NodeJS.Timeout | undefined

  const later = (error: unknown) => {
    isListening = false
    if (isClosed) return
    timer = setTimeout(() => void connect(), pause).unref()
    pause = Math.min(pause * 2, pauses.longest)
    if (!isTold) onLost(error)
    isTold = true
  }
  const connect = async () => {
    let own: pg.Client | undefined
    const lose = (error: unknown) => {
      if (client !== own) return
      client = undefined
      own?.end().catch(() => undefined)
      later(error)
    }
    try {
      // It reads the files of certificates, which may be gone for a moment.
      own = new pg.Client(config)
      client = own
      own.on('error', lose)
      own.on('end', () => lose(new Error('the connection was ended')))
      own.on('notification', onHeard)
      await own.connect()
      unreferenced(own)
      await own.query(`LISTEN ${channel}`)
      isListening = client === own
      isTold = false
      pause = pauses.first
      // What was told before is not told again.
      onHeard()
    } catch (error) {
      lose(error)
    }
  }
  void connect()

  return {
    isListening: () => isListening,
    async close() {
      isClosed = true
      clearTimeout(timer)
      const ended = client?.end().catch(() => undefined)
      const late = new Promise((resolve) => setTimeout(resolve, farewell).unref())
      if (ended) await Promise.race([ended, late])
    },
  }
}

/** pg has this, its types have not. */
function unreferenced(client: pg.Client & { readonly unref?: () => void }): void {
  client.unref?.()
}
