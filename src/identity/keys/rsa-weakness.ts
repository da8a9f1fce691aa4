/** The odd primes up to 167. Infineon's RSA keys are recognised by their remainders under them. */
const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]

/** For each prime, the powers of 65,537 under it. */
const powers = primes.map((prime) => {
  const found = new Set<number>()
  for (let power = 1; !found.has(power); power = (power * 65_537) % prime) found.add(power)
  return found
})

const product = primes.reduce((all, prime) => all * BigInt(prime), 1n)

/**
 * Why an RSA key must not be trusted, or nothing. Fewer than 2,048 bits (RFC 7518 section 3.3) can be factored, and
 * more than 8,192 are slow to verify with; a small exponent lets signatures be forged where padding is not checked to
 * the last bit, and with 1 everybody can sign; a modulus with a small factor is no product of two primes, and one with
 * the ROCA fingerprint (CVE-2017-15361) was made by a library whose keys can be factored.
 *
 * @param modulus `n` of the JSON Web Key
 * @param exponent `e` of the JSON Web Key
 */
export function rsaWeakness(modulus: string, exponent: string): string | undefined {
  const bits = bitsOf(modulus)
  if (bits < 2048 || bits > 8192) return `has ${bits} bits`
  // Above 64 bits an exponent is nothing but slow.
  if (bitsOf(exponent) > 64) return 'has a huge exponent'
  const e = numberOf(exponent)
  if (e < 65_537n || e % 2n === 0n) return 'has a weak exponent'
  const n = numberOf(modulus)
  if (n % 2n === 0n) return 'has an even modulus'
  // One division of the long number, and the others of a short one.
  const rest = n % product
  const remainders = primes.map((prime) => Number(rest % BigInt(prime)))
  if (remainders.includes(0)) return 'has a modulus with a small factor'
  return remainders.every((remainder, at) => powers[at]?.has(remainder)) ? 'is a ROCA key' : undefined
}

function numberOf(text: string): bigint {
  return BigInt(`0x0${Buffer.from(text, 'base64url').toString('hex')}`)
}

/** Not by way of the number: text of a megabyte would take long to become one. */
function bitsOf(text: string): number {
  const bytes = Buffer.from(text, 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24
}
