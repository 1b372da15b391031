/** Up to which copying bytes costs less than another write of a stream. */
const LARGEST_JOINED_BYTES = 16 * 1024

/** The same bytes in fewer runs: neighbours that are small together are copied into one. */
export function joinSmall(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  if (parts.length <= 1) return parts
  const joined: Uint8Array[] = []
  let first = 0
  let bytes = 0
  parts.forEach((part, index) => {
    if (index > first && bytes + part.length > LARGEST_JOINED_BYTES) {
      joined.push(join(parts.slice(first, index), bytes))
      first = index
      bytes = 0
    }
    bytes += part.length
  })
  joined.push(join(parts.slice(first), bytes))
  return joined
}

function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const all = new Uint8Array(bytes)
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}
