/** What was thrown, as text; anything can be. */
export function describeReason(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return `a thrown value of type ${typeof error}`
  }
}
