/** Milliseconds since 1970, with fractions: a clock that all processes of the machine read alike. */
export function clockMs(): number {
  return performance.timeOrigin + performance.now()
}
