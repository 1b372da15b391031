/** The body that belongs to an id: its length and every character follow from it, so a mixed-up one is seen. */
export function bodyOf(id: string, length: number): string {
  const unit = `${id}.`
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
}
