import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What Redocly's recommended rules find in a document. */
export async function lint(document: object): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'claimstake-openapi-'))
  try {
    await writeFile(join(folder, 'openapi.json'), JSON.stringify(document))
    const require = createRequire(import.meta.url)
    const redocly = require.resolve('@redocly/cli/bin/cli.js')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [redocly, 'lint', 'openapi.json', '--extends', 'recommended', '--format', 'json'],
      {
        cwd: folder,
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      },
    ).catch((failure: unknown) => failure as { stdout: string })
    const { totals, problems } = JSON.parse(stdout) as { totals: Record<string, number>; problems: unknown[] }
    return { errors: totals['errors'], warnings: totals['warnings'], problems }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
