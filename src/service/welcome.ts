import type { Claimstake } from '../claimstake.js'
import type { Settings } from '../config/env.js'
import type { Issuer } from './open-issuer.js'

interface Welcome {
  readonly settings: Settings
  readonly db: Claimstake<object>
  readonly issuer: Issuer
  readonly url: string
  readonly seconds: number
}

/** Says where the service is and, with the development issuer, what to paste next. */
export async function welcome({ settings, db, issuer, url, seconds }: Welcome): Promise<void> {
  const api = `${url}${settings.BASE_PATH}`
  const paths = Object.keys(db.openApi({ basePath: settings.BASE_PATH }).paths).filter(
    (path) => !path.includes('{'),
  )
  const lines = [
    '',
    `Claimstake is ready after ${seconds.toFixed(1)} s.`,
    '',
    `  Docs   ${url}/docs`,
    `  API    ${api}  (${paths.join(' ')})`,
    `  Ready  ${url}/readyz`,
  ]
  if (issuer.sign && !settings.production) {
    const token = await issuer.sign({ user_id: 'ana' })
    lines.push(
      '',
      'No issuer is configured, so this machine signs its own tokens. Ana reads her posts:',
      '',
      `  TOKEN=${token}`,
      `  curl -H "Authorization: Bearer $TOKEN" ${api}${paths[0] ?? ''}`,
      '',
      `Another caller: npm run token -- user_id=bo     A moderator: npm run token -- 'user_groups=["Moderator"]'`,
      'Ctrl-C stops the service and its database.',
    )
  }
  process.stdout.write(`${lines.join('\n')}\n\n`)
}
