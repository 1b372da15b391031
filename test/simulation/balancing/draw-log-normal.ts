/**
 * A number whose logarithm is normally distributed, as service times of real servers mostly are: half of them are below
 * `median`, and with `sigma` 0.5 one of a hundred above 3.2 times of it.
 */
export function drawLogNormal(random: () => number, median: number, sigma: number): number {
  // Box and Muller's transform; 1 - random() is never 0.
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()))
}
