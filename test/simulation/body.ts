const MAX_CACHED = 64
const bodies = new Map<string, string>()

/** The body that belongs to an id: every character follows from it, so one that is mixed up or cut is seen. */
export function bodyOf(id: string, length: number): string {
  const known = bodies.get(id)
  if (known !== undefined && known.length >= length) return known.slice(0, length)
  const unit = `${id}.`
  const body = unit.repeat(Math.ceil(length / unit.length))
  if (bodies.size >= MAX_CACHED) bodies.clear()
  bodies.set(id, body)
  return body.slice(0, length)
}

/** Whether a piece of a body stands where it stands in the body of the id. */
export function isPieceOfBody(id: string, piece: string, position: number): boolean {
  return bodyOf(id, position + piece.length).startsWith(piece, position)
}
