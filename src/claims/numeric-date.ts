/** The end of the year 9999, in seconds since 1970. Whoever is beyond it has counted in milliseconds. */
const latest = 253_402_300_799

/** Whether a claim is a NumericDate (RFC 7519 section 2): JSON's `1e999` is Infinity, which is none. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= latest
}
