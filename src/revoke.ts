import { text } from 'node:stream/consumers'
import { isNumericDate } from './claims/numeric-date.js'
import type { Claims } from './claims/principal.js'
import { parseStrictJson } from './claims/strict-json.js'
import { commandLine, daysOf, UsageError } from './config/command-line.js'
import { readRevocationSettings } from './config/env.js'
import { databaseCommand, type DatabaseWork } from './database/database-command.js'
import { developmentIssuerName } from './identity/development-issuer.js'
import { migrateStore } from './store/migrate-store.js'
import type { Revocation, RevocationName, RevokedTokens } from './store/revocation-table.js'
import { revocations, type RevocationStore } from './store/revocations.js'

const usage = `Usage: npm run --silent revoke -- token <token | ->
       npm run --silent revoke -- jti <jti> [--issuer <URL>] [--keep 90d]
       npm run --silent revoke -- subject <sub> [--issued-before <time>] [--issuer <URL>] [--keep 90d]
       npm run --silent revoke -- list
       npm run --silent revoke -- restore jti|subject <value> [--issuer <URL>]

Takes tokens back: one of them, by itself or by its jti, or all that a subject was given until now, or until a time
such as 2026-01-31T12:00:00Z. In a container: node dist/revoke.js ...
A token is kept in the list until it has expired, anything else for ever, or for as long as --keep says. With - the
token is read from standard input, where no list of processes shows it:

  npm run --silent revoke -- token - < stolen-token.txt
`

const options = {
  issuer: { type: 'string' },
  'issued-before': { type: 'string' },
  keep: { type: 'string' },
} as const

type Option = keyof typeof options
type Options = Readonly<Partial<Record<Option, string | undefined>>>
type Work = (store: RevocationStore) => Promise<void>

/** Milliseconds. */
const day = 86_400_000

await databaseCommand(usage, async (args) => {
  const { values, positionals } = commandLine(args, options)
  return values.help ? undefined : onRevocations(await workOf(positionals, values))
})

function onRevocations(work: Work): DatabaseWork {
  return async (pool) => {
    await migrateStore(pool)
    await work(revocations(pool))
  }
}

/** What the arguments ask for. */
async function workOf([command, ...operands]: string[], values: Options): Promise<Work> {
  switch (command) {
    case 'token':
      allow(values, command, [])
      return revokeToken(one(operands, 'token needs a token, or - to read it from standard input'))
    case 'jti': {
      allow(values, command, ['issuer', 'keep'])
      const jti = one(operands, 'jti needs the jti of a token')
      return revoke({ issuer: issuerOf(values), jti }, keptUntil(values))
    }
    case 'subject': {
      allow(values, command, ['issuer', 'keep', 'issued-before'])
      const subject = one(operands, 'subject needs the sub of a token')
      const issuedBefore = timeOf(values['issued-before'])
      return revoke({ issuer: issuerOf(values), subject, issuedBefore }, keptUntil(values))
    }
    case 'list':
      allow(values, command, [])
      if (operands.length > 0) throw new UsageError('list takes nothing more')
      return list
    case 'restore':
      allow(values, command, ['issuer'])
      return restore(restored(operands, values))
    default:
      throw new UsageError(command === undefined ? 'what to do?' : `"${command}" is not something to do`)
  }
}

function allow(values: Options, command: string, allowed: readonly Option[]): void {
  for (const option of Object.keys(options) as Option[]) {
    if (values[option] !== undefined && !allowed.includes(option))
      throw new UsageError(`--${option} is not for ${command}`)
  }
}

function one(operands: readonly string[], need: string): string {
  const [operand, ...more] = operands
  if (operand === undefined) throw new UsageError(need)
  if (more.length > 0) throw new UsageError('a value of several words needs quotes around it')
  return operand
}

/** The issuer that is named, or the only one there is. */
function issuerOf({ issuer }: Options): string {
  const issuers = trustedIssuers()
  if (issuer !== undefined) return trusted(issuer, issuers, 'The issuer that --issuer names')
  const [only, ...others] = issuers
  if (only === undefined || others.length > 0)
    throw new UsageError(`there are several issuers: name one with --issuer\n${lines(issuers)}`)
  return only
}

/** Whom the service trusts. */
function trustedIssuers(): readonly string[] {
  const { issuers } = readRevocationSettings()
  return issuers.length > 0 ? issuers : [developmentIssuerName]
}

/** A misspelt issuer would take nothing back, and say that it had. */
function trusted(issuer: string, issuers: readonly string[], what: string): string {
  if (issuers.includes(issuer)) return issuer
  throw new Error(
    `${what} is not configured here. The service trusts, character by character:\n${lines(issuers)}`,
  )
}

function lines(issuers: readonly string[]): string {
  return issuers.map((issuer) => `  ${issuer}`).join('\n')
}

function keptUntil({ keep }: Options): Date | undefined {
  if (keep === undefined) return undefined
  const until = new Date(Date.now() + daysOf(keep) * day)
  if (!(until.getTime() > Date.now())) throw new UsageError('--keep must be longer than that')
  return until
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  // With an offset: whose midnight "2026-01-31" is would be a guess.
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/u.test(text)
  const time = new Date(text)
  if (!isWhole || Number.isNaN(time.getTime()))
    throw new UsageError(`"${text}" is not a time such as 2026-01-31T12:00:00Z`)
  return time
}

/** Reads what a token says of itself. Whether it was ever good does not matter: only its names are taken back. */
async function revokeToken(argument: string): Promise<Work> {
  const raw = argument === '-' ? await text(process.stdin) : argument
  const { iss, jti, sub, exp } = claimsOf(raw.trim().replace(/^bearer\s+/iu, ''))
  const issuers = trustedIssuers()
  const issuer = trusted(typeof iss === 'string' ? iss : '', issuers, 'The issuer of this token')
  if (typeof jti !== 'string' || jti === '') {
    throw new Error(
      typeof sub === 'string' && sub !== ''
        ? 'This token has no jti, so it cannot be told from others. Take back all that its subject was given until now:\n' +
            `  npm run --silent revoke -- subject ${word(sub)}${issuers.length > 1 ? ` --issuer ${issuer}` : ''}`
        : 'This token has neither jti nor sub, so it cannot be taken back. It is good until it expires, or its key is withdrawn.',
    )
  }
  // A day more: clocks differ.
  const until = isNumericDate(exp) ? new Date(exp * 1000 + day) : undefined
  if (until && until.getTime() <= Date.now()) {
    return () => {
      console.error(
        'This token expired more than a day ago: nothing takes it any more, and nothing was written.',
      )
      return Promise.resolve()
    }
  }
  return revoke({ issuer, jti }, until)
}

function claimsOf(token: string): Claims {
  const payload = /^[\w-]+\.(?<payload>[\w-]+)\.[\w-]*$/u.exec(token)?.groups?.['payload'] ?? ''
  try {
    const claims = parseStrictJson(Buffer.from(payload, 'base64url'), 16, 'any')
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as Claims
  } catch {
    // The same as a payload that is no object.
  }
  throw new Error('This is not a token: three parts with a dot between them, the second one claims in JSON.')
}

function revoke(tokens: RevokedTokens, until: Date | undefined): Work {
  return async (store) => {
    const { issuedBefore, expiresAt } = await store.revoke(tokens, { until }).catch((error: unknown) => {
      throw error instanceof TypeError ? new UsageError(error.message, { cause: error }) : error
    })
    const which = issuedBefore ? ` what was issued until ${issuedBefore.toISOString()}` : ''
    const kept = expiresAt ? `until ${expiresAt.toISOString()}` : 'for ever'
    console.error(`Revoked${which}. Every instance refuses it within five seconds. Kept ${kept}.`)
    console.error(`Issuer: ${tokens.issuer}`)
    warnWhereNobodyAsks()
  }
}

function restored([kind, ...operands]: string[], values: Options): RevocationName {
  if (kind !== 'jti' && kind !== 'subject')
    throw new UsageError('restore needs jti or subject, and its value')
  const value = one(operands, `restore ${kind} needs the ${kind}, from list`)
  // That of an issuer which is not configured any more can be taken off the list too.
  const issuer = values.issuer ?? issuerOf(values)
  return kind === 'jti' ? { issuer, jti: value } : { issuer, subject: value }
}

function restore(name: RevocationName): Work {
  return async (store) => {
    if (!(await store.restore(name)))
      throw new Error('There is no such revocation: npm run --silent revoke -- list')
    console.error('Restored. Tokens of this name that have not expired work again within five seconds.')
  }
}

async function list(store: RevocationStore): Promise<void> {
  const all = await store.list()
  if (all.length === 0) console.error('Nothing is revoked.')
  for (const revocation of all) console.log(lineOf(revocation))
  warnWhereNobodyAsks()
}

function lineOf({ issuer, jti, subject, issuedBefore, revokedAt, expiresAt }: Revocation): string {
  return [
    revokedAt.toISOString(),
    (expiresAt ? `until ${expiresAt.toISOString()}` : 'for ever').padEnd(30),
    issuer,
    jti === null ? `subject ${shown(subject ?? '')}` : `jti ${shown(jti)}`,
    ...(issuedBefore ? [`issued until ${issuedBefore.toISOString()}`] : []),
  ].join('  ')
}

/** A value as one word of a shell: the token was given by anybody, and commands of ours are copied. */
function word(value: string): string {
  return /^[\w.@:+-]+$/u.test(value) ? value : `'${shown(value).replaceAll("'", String.raw`'\''`)}'`
}

/** A value is the issuer's, and perhaps its user's choice: nothing in it may move a cursor or look like a column. */
function shown(value: string): string {
  return /^[\x21-\x7e]+$/u.test(value) ? value : JSON.stringify(value).replaceAll(/[^\x20-\x7e]/gu, escaped)
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}

function warnWhereNobodyAsks(): void {
  if (!readRevocationSettings().REVOCATIONS)
    console.error('REVOCATIONS is false: a service with this setting does not ask, and takes revoked tokens.')
}
