/** Something wrong with the options of an issuer. */
export interface Fault {
  /** The option it is in, where it is in one: the message then goes on from its name. */
  readonly option?: string | undefined
  /** No part of it is a key or a secret. */
  readonly message: string
}
