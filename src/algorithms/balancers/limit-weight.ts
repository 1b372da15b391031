const MIN_WEIGHT = 1e-9
const MAX_WEIGHT = 1e9

/** A weight that sums may be made of: 0, or from 1e-9 to 1e9; what is no number counts as 0. */
export function limitWeight(weight: number): number {
  return weight > 0 ? Math.min(Math.max(weight, MIN_WEIGHT), MAX_WEIGHT) : 0
}
