import { access, constants, readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'

/** Whom the database server runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL refuses to run as root. Root therefore lends it an account that exists anyway: the owner of the
 * data if there is some, else `postgres`, else `nobody`. Everybody else runs it as themselves (`undefined`).
 *
 * @throws Error when the data belongs to somebody else, or on Windows.
 */
export async function accountFor(folder: string): Promise<Account | undefined> {
  const uid = process.getuid?.()
  if (uid === undefined) {
    throw new Error('The embedded database needs a Unix shell: set DATABASE_URL, or use WSL on Windows.')
  }
  const owner = await stat(`${folder}/postgres`).catch(() => undefined)
  if (uid !== 0) {
    const usable = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable && (!owner || owner.uid === uid)) return undefined
    throw new Error(
      `The database in ${folder} belongs to another user, you are ${userInfo().username}: ` +
        'start as that user, hand the folder over with chown -R, or delete it to begin with an empty database.',
    )
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return named('postgres', accounts) ?? named('nobody', accounts) ?? { uid: 65534, gid: 65534 }
}

function named(name: string, accounts: string): Account | undefined {
  const found = new RegExp(`^${name}:[^:]*:([1-9]\\d*):(\\d+):`, 'm').exec(accounts)
  return found ? { uid: Number(found[1]), gid: Number(found[2]) } : undefined
}
