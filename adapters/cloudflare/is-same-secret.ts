/**
 * Whether two secrets are the same, found out in a time that tells nothing about either: their digests are compared, which
 * have one length, and to the end.
 */
export async function isSameSecret(given: string, expected: string): Promise<boolean> {
  const encoder = new TextEncoder()
  const [a, b] = await Promise.all(
    [given, expected].map((text) => crypto.subtle.digest('SHA-256', encoder.encode(text))),
  )
  const left = new Uint8Array(a as ArrayBuffer)
  const right = new Uint8Array(b as ArrayBuffer)
  let difference = 0
  for (let i = 0; i < left.length; i++) difference |= (left[i] as number) ^ (right[i] as number)
  return difference === 0
}
