import type { Claimstake } from '../claimstake.js'
import type { Settings } from '../config/env.js'
import type { Issuers } from './open-issuers.js'

interface Welcome {
  readonly settings: Settings
  readonly db: Claimstake<object>
  readonly sign: Issuers['sign']
  readonly url: string
  /** What deserves a look in the rules; in production it is in the log. */
  readonly notes: readonly string[]
  /** Whether there are keys to verify tokens with. */
  readonly hasKeys: boolean
  readonly seconds: number
}

/** Says where the service is and, with the development issuer, what to paste next. */
export async function welcome({ settings, db, sign, url, notes, hasKeys, seconds }: Welcome): Promise<void> {
  const api = `${url}${settings.BASE_PATH}`
  const collections = db.resources.map(({ segment }) => `/${segment}`)
  const lines = [
    '',
    `Claimstake is ready after ${seconds.toFixed(1)} s.`,
    '',
    `  Docs   ${url}/docs`,
    `  API    ${api}  (${collections.join(' ') || 'no model has rules yet: see src/data/resource.ts'})`,
    `  Ready  ${url}/readyz${hasKeys ? '' : '  (503 until the keys of your issuer can be had; the log says why)'}`,
  ]
  const { path = collections[0], claim = 'sub' } = ownedCollection(db) ?? {}
  if (sign && path !== undefined && !settings.production) {
    const token = await sign({ [claim]: 'ana' })
    lines.push(
      '',
      `No issuer is configured, so this machine signs its own tokens. What Ana has in ${path}:`,
      '',
      `  TOKEN=${token}`,
      `  curl -H "Authorization: Bearer $TOKEN" ${api}${path}`,
      '',
      `Another caller:  ${folderPrefix(settings)}npm run --silent token -- ${claim}=bo`,
      'Ctrl-C stops the service and its database.',
    )
  }
  if (notes.length > 0 && !settings.production)
    lines.push('', 'Worth a look in your rules:', ...notes.map((note) => `  - ${note}`))
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

/** The command must find the same key. */
function folderPrefix({ DATA_FOLDER }: Settings): string {
  return DATA_FOLDER === '.data' ? '' : `DATA_FOLDER='${DATA_FOLDER}' `
}

/** The first collection whose rules know an owner by one plain claim, for a token that is good for something. */
function ownedCollection({ resources }: Claimstake<object>): { path: string; claim: string } | undefined {
  for (const { policy, segment } of resources) {
    const rule = policy.rules.all.find(({ strategy }) => strategy === 'owner')
    const claim = rule && (rule.identityPath?.text ?? 'sub')
    if (claim !== undefined && /^[\w-]+$/u.test(claim)) return { path: `/${segment}`, claim }
  }
  return undefined
}
