/** What can go wrong with asking for keys; the words are labels of a metric, so there are few of them. */
export type FaultKind =
  | 'unreachable'
  | 'late'
  | 'status'
  | 'redirect'
  | 'encoded'
  | 'too_large'
  | 'unreadable'
  | 'no_keys'
  | 'untrusted'

/** Keys could not be had. The message is for the operator and quotes nothing of a key. */
export class KeyServerFault extends Error {
  override readonly name = 'KeyServerFault'
  constructor(
    readonly kind: FaultKind,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
  }
}
