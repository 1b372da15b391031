/** The value in the middle, or between the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Half of the distance from the lowest to the highest, in parts of the median: 0.03 reads as ±3 %. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values)
}

/**
 * The median of `a[i] / b[i]`. Values of one round are divided by each other, so that a machine which slows down
 * from round to round does not show as a difference.
 */
export function pairedRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.slice(0, b.length).map((value, i) => value / (b[i] ?? Number.NaN)))
}
