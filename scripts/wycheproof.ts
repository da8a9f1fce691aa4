import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express, { type Request } from 'express'
import { callerKind } from '../src/claims/principal.js'
import { algorithms } from '../src/config/algorithm.js'
import { parseIssuer } from '../src/config/issuer.js'
import { issuerKeys } from '../src/identity/keys/issuer-keys.js'
import { strictToken } from '../src/identity/token/strict-token.js'
import { tokenVerifier } from '../src/identity/token/token-verifier.js'

// `npm run test:wycheproof -- <folder>`: Project Wycheproof's vectors for JSON Web Signatures and Keys
// (github.com/C2SP/wycheproof, testvectors_v1), which are not part of this repository.
//
// Their payloads are no claims sets, so they cannot come in by HTTP: each token goes through the strict reading, the
// check of its header, the key set its group publishes (fetched from a server of this script), and the signature check,
// with good claims put in the place of its own after its signature was judged over the real ones. Exit code 1 when a token
// was taken that must not be.

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly flags: readonly string[]
  /** An object in the JSON serialization. */
  readonly jws?: unknown
  readonly jwe?: unknown
}

interface Group {
  readonly comment: string
  readonly public?: Readonly<Record<string, unknown>>
  readonly tests: readonly Vector[]
}

const files = ['json_web_signature_test', 'json_web_key_test', 'json_web_crypto_test']
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write(`Name the folder with ${files.map((file) => `${file}.json`).join(', ')}.\n`)
  process.exit(2)
}

const issuer = 'https://id.example.com/'
const now = Math.floor(Date.now() / 1000)
const claims = { iss: issuer, aud: 'claimstake', sub: 'ana', exp: now + 600 }
const asymmetric = algorithms.filter((each) => !each.startsWith('HS'))

let published: unknown
const keyServer = createServer((_request, response) =>
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(published)),
).listen(0, '127.0.0.1')
await once(keyServer, 'listening')
const jwksUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/`

/** The service's own verifier for the keys of one group. */
function verifierOf({ public: keys }: Group): ReturnType<typeof tokenVerifier> {
  published = keys && 'keys' in keys ? keys : { keys: [keys] }
  const settings = parseIssuer({ issuer, audience: 'claimstake', jwksUrl, algorithms: asymmetric })
  const options = {
    issuer,
    algorithms: settings.algorithms,
    clock: () => performance.now(),
    notice: () => undefined,
  }
  return tokenVerifier(settings, callerKind({ provider: 'oidc', issuer }), issuerKeys(settings.keys, options))
}

/** Why a token is refused, or `undefined` when it is taken. */
async function refusal(
  verifier: ReturnType<typeof tokenVerifier>,
  jws: unknown,
): Promise<string | undefined> {
  if (typeof jws !== 'string') return 'not the compact form'
  const [header = '', payload = '', signature = '', ...rest] = jws.split('.')
  if (rest.length > 0) return 'not three parts'
  if (payload === '') return 'an empty payload, which is no claims set'
  try {
    const good = Buffer.from(JSON.stringify(claims)).toString('base64url')
    const read = strictToken([header, good, signature].join('.'))
    // A payload part is read like the signature: canonical base64url.
    strictToken([header, good, payload].join('.'))
    await verifier.keys.refresh()
    await verifier.verify(request, { ...read, raw: jws, payload: claims }, now)
    return undefined
  } catch (error) {
    return reasonOf(error as Error)
  }
}

function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

/** What token and keys say, where they do not say the same. */
function algorithmsOf({ public: keys = {} }: Group, jws: unknown): string {
  const list = ('keys' in keys ? keys['keys'] : [keys]) as readonly { readonly alg?: unknown }[]
  const ofKeys = list.map(({ alg }) => String(alg)).join(', ')
  const [header = ''] = String(jws).split('.')
  const alg = /"alg" *: *"([^"]*)"/u.exec(Buffer.from(header, 'base64url').toString())?.[1] ?? ''
  return ofKeys === alg ? '' : ` (the key is for ${ofKeys}, the token says ${alg})`
}

// Passport wants a request to hang things on.
const app = express()
let request!: Request
app.get('/', (each, response) => {
  request = each
  response.end()
})
const self = app.listen(0, '127.0.0.1')
await once(self, 'listening')
await fetch(`http://127.0.0.1:${(self.address() as AddressInfo).port}/`)

let falseAccepts = 0
for (const file of files) {
  const { testGroups, numberOfTests } = JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as {
    readonly numberOfTests: number
    readonly testGroups: readonly Group[]
  }
  const counts = { asymmetric: 0, taken: 0, refused: 0, shared: 0, encrypted: 0 }
  const exceptions: string[] = []
  for (const group of testGroups) {
    const verifier = group.public && verifierOf(group)
    for (const { tcId, comment, result, flags, jws } of group.tests) {
      if (jws === undefined) counts.encrypted++
      else if (!verifier) counts.shared++
      else {
        counts.asymmetric++
        const why = await refusal(verifier, jws)
        counts[why === undefined ? 'taken' : 'refused']++
        const name = `  ${tcId} ${group.comment} / ${comment}${flags.length > 0 ? ` (${flags.join(', ')})` : ''}: `
        if (why === undefined && result === 'invalid') {
          falseAccepts++
          exceptions.push(`${name}TAKEN, must be refused`)
        } else if (why !== undefined && result !== 'invalid')
          exceptions.push(`${name}${result}, refused: ${why}${algorithmsOf(group, jws)}`)
      }
    }
  }
  console.log(
    `${file}: ${numberOfTests} vectors; ${counts.asymmetric} with published keys: ${counts.taken} taken, ${counts.refused} refused; ` +
      `not tried: ${counts.shared} with a shared secret only, ${counts.encrypted} encrypted`,
  )
  for (const line of exceptions) console.log(line)
}
console.log(`false accepts: ${falseAccepts}`)

self.close()
self.closeAllConnections()
keyServer.close()
keyServer.closeAllConnections()
process.exitCode = falseAccepts === 0 ? 0 : 1
