/**
 * The points of small order and their other spellings (RFC 7748 section 6.1, RFC 8032 section 5.1.3; the list is that
 * of libsodium), without the sign: a signature by such a key can be made by everybody.
 */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/**
 * Why an Ed25519 key must not be trusted, or nothing.
 *
 * @param point `x` of the JSON Web Key
 */
export function ed25519Weakness(point: string): string | undefined {
  const bytes = Buffer.from(point, 'base64url')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) & 0x7f
  return smallOrder.has(bytes.toString('hex')) ? 'is of small order' : undefined
}
