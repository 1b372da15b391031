/** Objects get numbers in the order in which they are first hashed; they are not kept alive by it. */
const identities = new WeakMap<object, number>()
let lastIdentity = 0

const TEXT_SEED = 0
const NUMBER_SEED = 1
const OTHER_SEED = 2
const IDENTITY_SEED = 3

/**
 * A whole number from 0 up to 2^53 - 1 that is the same for equal values (Pipy's `algo.hash`). Text and numbers hash by
 * content and give the same number in every process; objects and functions by identity, in this process only.
 *
 * It spreads keys over targets. It is no protection: whoever chooses the keys can choose where they go.
 */
export function hash(value: unknown): number {
  if (typeof value === 'string') return hashText(value, TEXT_SEED)
  if (typeof value === 'number') return hashText(String(value), NUMBER_SEED)
  const isIdentity = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isIdentity ? hashText(String(identityOf(value)), IDENTITY_SEED) : hashText(String(value), OTHER_SEED)
}

function identityOf(object: object): number {
  let identity = identities.get(object)
  if (identity === undefined) identities.set(object, (identity = ++lastIdentity))
  return identity
}

/** Two lanes of multiply and xor over the UTF-16 units, each finished as MurmurHash3 is, joined to 53 bits. */
function hashText(text: string, seed: number): number {
  let high = 0x9e3779b9 ^ seed
  let low = 0x85ebca6b ^ seed
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 0xcc9e2d51)
    low = Math.imul(low ^ unit, 0x1b873593)
    high ^= low >>> 15
    low ^= high >>> 13
  }
  const upper = finish(high ^ text.length) & 0x1fffff
  return upper * 0x1_0000_0000 + finish(low ^ (high >>> 11))
}

function finish(lane: number): number {
  let mixed = lane
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
