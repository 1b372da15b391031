import { toSafeObject } from './safe-object.ts'

/**
 * `Object` as scripts see it: the standard one, except that `v instanceof Object` also holds for decoded objects,
 * which have no Object.prototype, and that `fromEntries` gives such objects.
 */
export const scriptObject: ObjectConstructor = createScriptObject()

function createScriptObject(): ObjectConstructor {
  Object.setPrototypeOf(construct, Object)
  Object.defineProperties(construct, {
    name: { value: 'Object' },
    prototype: { value: Object.prototype },
    fromEntries: { value: (entries: Iterable<[PropertyKey, unknown]>) => toSafeObject(Object.fromEntries(entries)) },
    [Symbol.hasInstance]: { value: isObject },
  })
  return construct as unknown as ObjectConstructor
}

function construct(value?: unknown): unknown {
  return Object(value)
}

function isObject(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}
