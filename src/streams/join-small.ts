import { joinBytes } from './join-bytes.ts'

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
      joined.push(joinBytes(parts.slice(first, index)))
      first = index
      bytes = 0
    }
    bytes += part.length
  })
  joined.push(joinBytes(parts.slice(first)))
  return joined
}
