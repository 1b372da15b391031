/**
 * Objects made from data inherit nothing that can be reached by a string: with a key from a request, such as
 * `_services[id]` with id "constructor", a script finds what the data holds or undefined. They still turn into text.
 */
const SAFE_PROTOTYPE: object = Object.freeze(
  Object.create(null, {
    [Symbol.toPrimitive]: { value: (hint: string) => (hint === 'number' ? Number.NaN : '[object Object]') },
  }),
)

/** Makes one object safe, in place. */
export function toSafeObject<T extends object>(object: T): T {
  return Object.setPrototypeOf(object, SAFE_PROTOTYPE) as T
}

/** Makes all objects in a freshly decoded value safe, in place; arrays stay arrays. */
export function toSafeObjects<T>(value: T): T {
  // A list instead of recursion: the depth is the sender's choice.
  const rest: unknown[] = [value]
  while (rest.length > 0) {
    const item = rest.pop()
    if (typeof item !== 'object' || item === null) continue
    if (!Array.isArray(item)) toSafeObject(item)
    for (const child of Object.values(item) as unknown[]) rest.push(child)
  }
  return value
}
