import { existsSync } from 'node:fs'
import { commandLine, expiring, UsageError } from '../src/config/command-line.js'
import { issuersFromEnvironment } from '../src/config/issuers-from-environment.js'
import { developmentIssuer } from '../src/identity/development-issuer.js'

const usage = `Usage: npm run --silent token -- [--expires-in 12h] name=value ...

Prints a token that the service on this machine accepts while no issuer is configured.
A value that is JSON is taken as such, anything else as text; '"7"' is the text 7.

  npm run --silent token -- user_id=ana
  npm run --silent token -- user_id=mo 'user_groups=["Moderator"]' --expires-in 5m
`

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof UsageError) console.error(`\n${usage}`)
  process.exitCode = 2
}

/** Prints the token and nothing else, so that a shell can take it: `TOKEN=$(npm run --silent token -- …)`. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = commandLine(args, expiring)
  if (values.help) {
    console.log(usage)
    return
  }
  const claims = readClaims(positionals)
  refuseBesideRealIssuer()
  const { sign } = await developmentIssuer(process.env['DATA_FOLDER'])
  const expiresIn = values['expires-in']
  if (expiresIn !== undefined && !/^-?\d+[smhd]$/u.test(expiresIn)) {
    throw new UsageError(`"${expiresIn}" is not a time such as 30s, 5m, 12h or 7d`)
  }
  console.log(await sign(claims, { expiresIn }))
}

function readClaims(pairs: readonly string[]): Record<string, unknown> {
  const claims = pairs.map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new UsageError(`"${pair}" is not name=value`)
    return [pair.slice(0, at), claimValue(pair.slice(at + 1))] as const
  })
  const names = new Set(claims.map(([name]) => name))
  if (names.size < claims.length) throw new UsageError('a claim is given twice')
  return Object.fromEntries(claims)
}

function claimValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    // A long customer number is a text that happens to consist of digits: as a number it would lose some.
    return typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value) ? text : value
  } catch {
    return text
  }
}

/** The service would not accept the token, and a production machine should not hold the key for one. */
function refuseBesideRealIssuer(): void {
  // As the service does, so that both see the same configuration.
  if (existsSync('.env')) process.loadEnvFile('.env')
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('NODE_ENV is production: tokens come from your issuer there, not from this command.')
  }
  const { issuers, faults } = issuersFromEnvironment(process.env)
  if (faults.length > 0)
    throw new Error(`The token issuer of the service cannot be used: ${faults.join('; ')}`)
  if (issuers.length > 0) {
    const names = issuers.map(({ issuer }) => issuer).join(', ')
    throw new Error(`The service trusts ${names}, so a development token would be refused. Get one there.`)
  }
}
