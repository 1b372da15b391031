import type { Headers } from '../events.ts'

/**
 * Makes an empty Headers object. It inherits nothing, so that a name from the wire such as `constructor` finds what was
 * sent or undefined; made by a constructor it is still one of V8's fast objects, which `Object.create(null)` is not.
 */
export function createHeaders(): Headers {
  return new (HeaderObject as unknown as new () => Headers)()
}

function HeaderObject(): void {}
HeaderObject.prototype = Object.create(null) as object
