import { existsSync } from 'node:fs'
import { z } from 'zod'
import { issuerHelp, issuersFromEnvironment, issuerVariables } from './issuers-from-environment.js'
import type { IssuerSettings } from './issuer.js'
import { likelyMisspelt } from './likely-misspelt.js'
import { originsFault } from './origins.js'

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/u, 'is not a whole number')
    .transform(Number)
    .pipe(z.int().min(least, `is less than ${least}`).max(most, `is more than ${most}`))

const yesOrNo = (standard: 'true' | 'false') =>
  z
    .enum(['true', 'false'], 'is neither true nor false')
    .default(standard)
    .transform((text) => text === 'true')

const level = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])

/** Every variable, its form and its default. docs/configuration.md lists the same; a test compares them. */
export const variables = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().optional(),
  PORT: whole(0, 65_535).default(3000),
  BASE_PATH: z
    .string()
    .regex(/^(?:\/[a-z0-9][a-z0-9._-]*)+$/u, 'is not a path such as /v1')
    .refine(
      (path) => !/^\/(?:docs|livez|readyz|metrics|openapi(?:-3\.0)?\.json)(?:\/|$)/u.test(path),
      'belongs to the service itself',
    )
    .default('/v1'),
  DATABASE_URL: z.url({ protocol: /^postgres(?:ql)?$/u, error: 'is not a postgresql:// address' }).optional(),
  ALLOW_UNSAFE_DURABILITY: yesOrNo('false'),
  DATA_FOLDER: z.string().default('.data'),
  SECRET: z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine((secrets) => secrets.every((secret) => secret.length >= 32), 'is shorter than 32 characters')
    .optional(),
  LOG_LEVEL: level.optional(),
  DENIAL_LOG: yesOrNo('false'),
  METRICS: yesOrNo('true'),
  POOL_SIZE: whole(1, 1000).default(10),
  POOL_ACQUIRE_TIMEOUT: whole(1, 60_000).default(1000),
  STATEMENT_TIMEOUT: whole(1, 600_000).default(2000),
  MAX_WAITING: whole(2, 1_000_000).default(2000),
  MAX_WAIT: whole(1, 60_000).default(2400),
  MAX_LATENESS: whole(1, 60_000).default(200),
  REQUEST_TIMEOUT: whole(1000, 600_000).default(30_000),
  KEEP_ALIVE_TIMEOUT: whole(1, 3_600_000).default(75_000),
  MAX_CONNECTIONS: whole(1, 1_000_000).default(10_000),
  DRAIN_TIMEOUT: whole(0, 600_000).default(10_000),
  PAGE_SIZE: whole(1, 10_000).default(20),
  MAX_PAGE_SIZE: whole(1, 10_000).default(100),
  BODY_LIMIT: whole(1024, 104_857_600).default(262_144),
  RATE_LIMIT: whole(1, 100_000_000).optional(),
  RATE_LIMIT_WINDOW: whole(1, 86_400).default(60),
  TRUST_PROXY: whole(0, 10).default(0),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .superRefine((origins, context) => {
      const message = originsFault(origins)
      if (message !== undefined) context.addIssue(message)
    })
    .optional(),
  COMPRESSION: yesOrNo('false'),
  TOKEN_CACHE_SIZE: whole(0, 1_000_000).default(10_000),
  REVOCATIONS: yesOrNo('true'),
} as const satisfies Readonly<Record<string, z.ZodType>>

const schema = z.object(variables)
const databaseSchema = schema.pick({ NODE_ENV: true, DATABASE_URL: true, DATA_FOLDER: true })

/** Where the database is. */
export type DatabaseSettings = z.infer<typeof databaseSchema>

/** The service's settings, checked. */
export interface Settings extends Omit<z.infer<typeof schema>, 'LOG_LEVEL'> {
  readonly LOG_LEVEL: NonNullable<z.infer<typeof schema>['LOG_LEVEL']>
  readonly production: boolean
  /** npm stands between us and whoever signals it, and passes no signal on. */
  readonly startedByNpm: boolean
  /** None means, outside production: the development issuer. */
  readonly issuers: readonly IssuerSettings[]
  /** What is set and does nothing, but reads like a variable of ours: a sentence each. */
  readonly misspelt: readonly string[]
}

/**
 * Reads the settings from the environment and a `.env` file beside it, which never overrides the environment. The
 * only reader of `process.env`. A variable that is present but blank is a fault: a substitution that went wrong in a
 * deployment must not quietly mean the default.
 *
 * @throws {TypeError} listing every variable that is missing or unusable; no value is repeated
 */
export function readSettings(): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return settingsFrom(process.env)
}

/**
 * Reads, as {@link readSettings} does, only what says where the database is: commands that work on it need neither
 * an issuer nor a secret.
 *
 * @throws {TypeError} listing everything that is missing or unusable; no value is repeated
 */
export function readDatabaseSettings(): DatabaseSettings {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const faults: string[] = []
  const read = parsed(databaseSchema, process.env, faults)
  if (read && faults.length === 0) return read
  throw unusable(faults)
}

/** Whose tokens there can be to take back. */
export interface RevocationSettings {
  /** The `iss` of each issuer that is configured; none outside production means: the development issuer. */
  readonly issuers: readonly string[]
  /** Whether the service asks. */
  readonly REVOCATIONS: boolean
}

/**
 * Reads, as {@link readSettings} does, only what commands about tokens need to know.
 *
 * @throws {TypeError} listing everything that is missing or unusable; no value is repeated
 */
export function readRevocationSettings(): RevocationSettings {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const { REVOCATIONS = 'true' } = process.env
  return { issuers: issuerNames(process.env), REVOCATIONS: REVOCATIONS !== 'false' }
}

function issuerNames(env: Environment): readonly string[] {
  const { issuers, faults } = issuersFromEnvironment(env)
  if (faults.length > 0) throw unusable(faults, issuerHelp)
  return issuers.map(({ issuer }) => issuer)
}

/** The settings an environment describes. */
export function settingsFrom(env: Environment): Settings {
  const faults: string[] = []
  const read = parsed(schema, env, faults)
  const production = env['NODE_ENV'] === 'production'
  if (production && env['SECRET'] === undefined) faults.push(`SECRET is missing: ${cures.SECRET}`)
  const { issuers, faults: issuerFaults } = issuersFromEnvironment(env)
  faults.push(...issuerFaults)
  if (!read || faults.length > 0) throw unusable(faults, issuerFaults.length > 0 ? issuerHelp : undefined)
  // Denials are logged at debug level; asking for them and seeing nothing would be a riddle.
  const LOG_LEVEL = read.LOG_LEVEL ?? (read.DENIAL_LOG ? 'debug' : 'info')
  return {
    ...read,
    LOG_LEVEL,
    production,
    issuers,
    misspelt: likelyMisspelt(Object.keys(env), [...Object.keys(variables), ...issuerVariables]),
    startedByNpm: env['npm_lifecycle_event'] !== undefined,
  }
}

/** What production cannot do without, and how to come by it. */
const cures = {
  DATABASE_URL: 'the address of your Postgres, postgresql://user:password@host:5432/name',
  SECRET: '32 random characters or more, which seal cursors and ETags (openssl rand -hex 32)',
} as const satisfies Partial<Record<keyof typeof variables, string>>

type Environment = Readonly<Record<string, string | undefined>>

/** The variables of a schema, and what is wrong with them. */
function parsed<Shape extends z.ZodRawShape>(
  of: z.ZodObject<Shape>,
  env: Environment,
  faults: string[],
): z.infer<z.ZodObject<Shape>> | undefined {
  const own = Object.keys(of.shape)
  faults.push(...own.filter((name) => env[name]?.trim() === '').map(blank))
  const read = of.safeParse(
    Object.fromEntries(own.flatMap((name) => (env[name]?.trim() ? [[name, env[name]]] : []))),
  )
  faults.push(...(read.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`))
  if (env['NODE_ENV'] === 'production' && env['DATABASE_URL'] === undefined)
    faults.push(`DATABASE_URL is missing: ${cures.DATABASE_URL}`)
  return read.data
}

function blank(name: string): string {
  const known: Readonly<Partial<Record<string, string>>> = cures
  return `${name} is set but blank: ${known[name] ?? 'give it a value, or take it away'}`
}

function unusable(faults: readonly string[], help?: string): TypeError {
  const lines = ['The configuration cannot be used:', ...faults.map((fault) => `  - ${fault}`)]
  return new TypeError([...lines, ...(help === undefined ? [] : ['', help])].join('\n'))
}
