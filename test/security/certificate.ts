import { sign, type KeyObject } from 'node:crypto'

/** A self-signed X.509 certificate (RFC 5280), as small as one can be, in DER: what `x5c` carries. */
export function selfSigned(publicKey: KeyObject, privateKey: KeyObject): Buffer {
  const name = sequence(set(sequence(der(6, Buffer.from([0x55, 4, 3])), der(12, Buffer.from('x')))))
  const algorithm = sequence(der(6, Buffer.from('2a864886f70d01010b', 'hex')), der(5))
  const day = (text: string) => der(23, Buffer.from(text))
  const content = sequence(
    der(2, Buffer.from([1])),
    algorithm,
    name,
    sequence(day('250101000000Z'), day('350101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', content, privateKey)
  return sequence(content, algorithm, der(3, Buffer.from([0]), signature))
}

/** Tag, length and content (X.690 section 8.1). */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const set = (...parts: readonly Buffer[]) => der(0x31, ...parts)
