import pg from 'pg'

/** One write that was asked for. */
export interface Entry {
  readonly kind: 'create' | 'keyed' | 'batch' | 'update' | 'comment'
  /** What it writes, found nowhere else: names of rows, or the content that a row is to have. */
  readonly names: readonly string[]
  /** Of an update: the row. */
  readonly row?: string
  /** Its order among the updates of that row. */
  readonly at: number
  /** 0: there was no answer. */
  readonly status: number
  /** In milliseconds since 1970. */
  readonly sent: number
  readonly answered: number
}

/** What became of them. */
export interface Verdict {
  readonly acknowledged: number
  readonly unknown: number
  readonly lost: readonly string[]
  readonly duplicates: readonly string[]
  /** Batches of which one part is there and another is not. */
  readonly halves: readonly string[]
}

const isDone = ({ status }: Entry) => status >= 200 && status < 300

/** Holds a ledger against what is stored: asked of the database itself, past the service and what stands before it. */
export async function judge(url: string, ledger: readonly Entry[]): Promise<Verdict> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const counts = async (text: string) => {
    const { rows } = await client.query<{ name: string; count: number }>(text)
    return new Map(rows.map(({ name, count }) => [name, count]))
  }
  const posts = await counts('SELECT postname AS name, count(*)::int FROM "Post" GROUP BY 1')
  const comments = await counts('SELECT body AS name, count(*)::int FROM "Comment" GROUP BY 1')
  const { rows } = await client.query<{ id: string; content: string }>('SELECT id, content FROM "Post"')
  await client.end()
  const contents = new Map(rows.map(({ id, content }) => [id, content]))

  const stored = ({ kind, names }: Entry) =>
    names.map((name) => (kind === 'comment' ? comments : posts).get(name) ?? 0)
  const creates = ledger.filter(({ kind }) => kind !== 'update')
  const lostRows = creates.filter((entry) => isDone(entry) && stored(entry).includes(0))
  return {
    acknowledged: ledger.filter(isDone).length,
    unknown: ledger.filter(({ status }) => status === 0 || status >= 500).length,
    lost: [...lostRows.flatMap(({ names }) => names), ...lostUpdates(ledger, contents)],
    duplicates: creates
      .filter((entry) => stored(entry).some((count) => count > 1))
      .flatMap(({ names }) => names),
    halves: creates
      .filter((entry) => new Set(stored(entry).map(Boolean)).size > 1)
      .flatMap(({ names }) => names),
  }
}

/**
 * Each row has one writer, so it must hold what was acknowledged last, what was sent after that, or what was never
 * answered: a server that was stopped does it when it goes on.
 */
function lostUpdates(ledger: readonly Entry[], contents: ReadonlyMap<string, string>): string[] {
  const byRow = new Map<string, Entry[]>()
  for (const entry of ledger)
    if (entry.row !== undefined) byRow.set(entry.row, [...(byRow.get(entry.row) ?? []), entry])
  return [...byRow].flatMap(([row, updates]) => {
    const inOrder = updates.toSorted((one, other) => one.at - other.at)
    const last = inOrder.findLastIndex(isDone)
    const possible = inOrder.filter((entry, at) => at >= last || !isDone(entry)).flatMap(({ names }) => names)
    return last < 0 || possible.includes(contents.get(row) ?? '') ? [] : [`${row} (updated)`]
  })
}
