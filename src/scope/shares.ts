import { ClaimstakeError } from '../errors.js'

/** What there is to share out. */
export interface SharesOptions {
  /** How many works may run at once. */
  readonly places: number
  /** How many of these one caller may have. */
  readonly ofOne: number
  /** How many works may wait; one caller may have half of them. */
  readonly waiting: number
  /** How long one of them waits at most, in milliseconds. */
  readonly patience: number
}

/**
 * Work that takes a place. Work that had to wait is not waited for any longer than the rest of its time: `mustBeInTime`
 * throws when that is over, so that it may undo what nobody will hear of.
 */
export type Work<T> = (mustBeInTime: () => void) => Promise<T>

/** How it stands, for metrics. */
export interface ShareFacts {
  readonly running: number
  readonly waiting: number
  /** How many were refused since the start, by what there was too much of. */
  readonly refused: Readonly<Record<Refusal, number>>
}

/** `share`: a caller had as many waiting as one may; `room`: all had; `patience`: no turn came in time. */
export type Refusal = 'share' | 'room' | 'patience'

export interface Shares {
  /**
   * Runs work when it is its caller's turn.
   *
   * @throws {ClaimstakeError} `OVERLOADED`, and then nothing was done; `UNAVAILABLE` when it did not come to its end in
   *   what was left of its time
   */
  readonly run: <T>(key: string, work: Work<T>) => Promise<T>
  readonly facts: () => ShareFacts
}

/** The work of one caller. */
interface Line {
  running: number
  /** In the order they came. Each begins when it is called. */
  readonly waiting: Set<() => void>
}

/** What work that had to wait has beyond the wait, in milliseconds: within three seconds every call is answered. */
const rest = 500

/**
 * Shares places out among callers: connections, or turns at the processor. Whoever waits is served by turns, caller by
 * caller, so that the calls of one caller delay only each other. The last free place is for a caller who has none.
 *
 * Nobody may wait in here who has a place already: two of those could wait for each other.
 */
export function shares({ places, ofOne, waiting: room, patience }: SharesOptions): Shares {
  const mostWaiting = Math.max(1, Math.floor(room / 2))
  const lines = new Map<string, Line>()
  /** The lines in which somebody waits; whose turn is next stands first. */
  const turns = new Set<Line>()
  const refused = { share: 0, room: 0, patience: 0 }
  let free = places
  let running = 0
  let waiting = 0

  const hasTurn = (line: Line) => line.running < ofOne && free > (line.running > 0 ? 1 : 0)

  const refusal = (why: Refusal): ClaimstakeError => {
    refused[why]++
    return new ClaimstakeError('OVERLOADED', { detail: details[why], headers: { 'Retry-After': '1' } })
  }

  const begin = <T>(key: string, line: Line, work: () => Promise<T>): Promise<T> => {
    const end = () => {
      line.running--
      running--
      free++
      if (waiting > 0) next()
      forget(key, line)
    }
    line.running++
    running++
    free--
    const done = attempt(work)
    done.then(end, end)
    return done
  }

  const forget = (key: string, line: Line) => {
    if (line.running === 0 && line.waiting.size === 0) lines.delete(key)
  }

  /** Whoever has a turn now begins. At most as many lines are passed over as there are places. */
  const next = () => {
    for (const line of turns) {
      if (free === 0) return
      if (!hasTurn(line)) continue
      const [start] = line.waiting
      turns.delete(line)
      start?.()
      // Behind the others, who come to it again if this loop does.
      if (line.waiting.size > 0) turns.add(line)
    }
  }

  const wait = <T>(key: string, line: Line, work: Work<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const since = performance.now()
      const leave = () => {
        waiting--
        line.waiting.delete(start)
        if (line.waiting.size === 0) turns.delete(line)
        forget(key, line)
      }
      let late: ClaimstakeError | undefined
      const start = () => {
        clearTimeout(timer)
        waiting--
        line.waiting.delete(start)
        timer = setTimeout(
          () => {
            late = new ClaimstakeError('UNAVAILABLE')
            reject(late)
          },
          patience + rest - (performance.now() - since),
        )
        const mustBeInTime = () => {
          if (late) throw late
        }
        begin(key, line, () => work(mustBeInTime))
          .finally(() => clearTimeout(timer))
          .then(resolve, reject)
      }
      let timer = setTimeout(() => {
        leave()
        reject(refusal('patience'))
      }, patience)
      waiting++
      line.waiting.add(start)
      turns.add(line)
    })

  return {
    run(key, work) {
      const line = lines.get(key) ?? { running: 0, waiting: new Set() }
      if (hasTurn(line)) {
        lines.set(key, line)
        return begin(key, line, () => work(nothing))
      }
      if (line.waiting.size >= mostWaiting) return Promise.reject(refusal('share'))
      if (waiting >= room) return Promise.reject(refusal('room'))
      lines.set(key, line)
      return wait(key, line, work)
    },
    facts: () => ({ running, waiting, refused: { ...refused } }),
  }
}

const details: Readonly<Record<Refusal, string>> = {
  share: 'You have as many calls waiting as one caller may.',
  room: 'Too many calls are waiting.',
  patience: 'Too many calls came before this one.',
}

const nothing = () => undefined

function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work()
  } catch (thrown) {
    const error = thrown as Error
    return Promise.reject(error)
  }
}
