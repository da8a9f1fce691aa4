import { hash } from 'node:crypto'

/** SHA-256 of credentials: what stands for them where they are remembered. */
export function digest(credentials: string): string {
  return hash('sha256', credentials, 'base64url')
}
