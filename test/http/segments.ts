/** All ways to cut text into two pieces. */
export function* twoPieces(text: string): Generator<readonly string[]> {
  for (let i = 1; i < text.length; i++) yield [text.slice(0, i), text.slice(i)]
}

/** All ways to cut text into three pieces. */
export function* threePieces(text: string): Generator<readonly string[]> {
  for (let i = 1; i < text.length - 1; i++) {
    for (let k = i + 1; k < text.length; k++) yield [text.slice(0, i), text.slice(i, k), text.slice(k)]
  }
}

/** One piece for each character. */
export function singleBytes(text: string): readonly string[] {
  return [...text]
}

/** Text cut at places; those outside of it, and repeated ones, cut nothing. */
export function cutAt(text: string, places: readonly number[]): readonly string[] {
  const sorted = [...new Set(places.map((place) => place % Math.max(1, text.length)))].sort((a, b) => a - b)
  const bounds = [0, ...sorted.filter((place) => place > 0), text.length]
  return bounds.slice(1).map((end, i) => text.slice(bounds[i], end))
}
