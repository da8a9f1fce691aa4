import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { migrationAdapter } from './migration-adapter.js'

/** Prisma's own migration engine, connected to one database. */
export type Engine = bindings.SchemaEngine

/** schema.prisma. */
export interface Schema {
  readonly path: string
  readonly content: string
}

/** No table is left out. */
export const everything: bindings.SchemaFilter = { externalTables: [], externalEnums: [] }

/** Opens the engine behind `prisma migrate`, from npm: the CLI would download a binary instead. */
export async function openSchemaEngine(
  url: string,
  schema: Schema,
): Promise<{ engine: Engine; close: () => Promise<void> }> {
  await (loaded ??= load())
  // Kept while it is idle, for the lock that the engine takes on it.
  const pool = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 })
  pool.on('error', () => undefined) // the next query reports it
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [[schema.path, schema.content]] },
    () => undefined, // what it would log is in its errors too
    bindMigrationAwareSqlAdapterFactory(migrationAdapter(pool)),
  )
  const close = async () => {
    engine.free()
    await pool.end()
  }
  return { engine, close }
}

let loaded: Promise<void> | undefined

/** The package's entry leaves loading the WebAssembly to a bundler; Node 20 has to do it by hand. */
async function load(): Promise<void> {
  const folder = dirname(
    createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
  )
  const code = await readFile(join(folder, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(code, {
    './schema_engine_bg.js': { ...bindings, ...patientTimers() },
  })
  // Where the engine reports that it broke down. Prisma's client sets it too, once it is loaded.
  if (!('PRISMA_WASM_PANIC_REGISTRY' in globalThis)) {
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: breakDown } })
  }
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
}

/** While applying, the engine sets a timer of 10 s and leaves it: that must not keep the process from ending. */
function patientTimers(): Record<string, unknown> {
  const names = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout_'))
  const start = (callback: () => void, ms: number) => setTimeout(callback, ms).unref()
  return Object.fromEntries(names.map((name) => [name, start]))
}

function breakDown(message: string): never {
  throw new Error(`Prisma's migration engine broke down: ${message}`)
}

/** The little of the WebAssembly API that is used: its types come with the DOM library only. */
declare const WebAssembly: {
  instantiate: (
    code: Uint8Array,
    imports: Record<string, object>,
  ) => Promise<{ instance: { exports: { __wbindgen_start: () => void } } }>
}
