/** A thrown value as text. Anything can be thrown, also what cannot be asked for its text. */
export function describeThrown(error: unknown): string {
  try {
    return String(error)
  } catch {
    return `a thrown value of type ${typeof error}`
  }
}
