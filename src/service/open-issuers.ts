import type { Settings } from '../config/env.js'
import type { IssuerSettings } from '../config/issuer.js'
import { developmentIssuer, type DevelopmentIssuer } from '../identity/development-issuer.js'

/** Whom the service trusts; `sign` exists only where that is the issuer that this machine made for itself. */
export interface Issuers {
  readonly issuers: readonly IssuerSettings[]
  readonly sign?: DevelopmentIssuer['sign'] | undefined
}

/** The configured issuers, or outside production the one that stands in for them. */
export async function openIssuers({ issuers, production, DATA_FOLDER }: Settings): Promise<Issuers> {
  if (issuers.length > 0 || production) return { issuers }
  const { settings, sign } = await developmentIssuer(DATA_FOLDER)
  return { issuers: [settings], sign }
}
