const MAX_EDITS = 2

/** The candidate that a misspelt name was most likely meant to be; undefined when none is near. */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  let closest: string | undefined
  let fewestEdits = Math.min(MAX_EDITS, Math.floor(name.length / 2)) + 1
  for (const candidate of candidates) {
    const edits = countEdits(name.toLowerCase(), candidate.toLowerCase())
    if (edits < fewestEdits) {
      closest = candidate
      fewestEdits = edits
    }
  }
  return closest
}

/** Levenshtein's distance. */
function countEdits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 0; i < from.length; i++) {
    const current = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const substituted = (previous[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      current.push(Math.min(substituted, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
