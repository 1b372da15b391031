import { ProxyError } from './errors.ts'

/**
 * Stands for a filter or an algorithm in a bundle that was made without it: the plugin of `sluice/esbuild` puts it there.
 * What it gives can be called and constructed, and throws UNSUPPORTED.
 */
export function leftOut(name: string): () => never {
  // An arrow function could not be constructed, nor a class be derived from it.
  return function () {
    const remedy = `add it to the option keep, or --keep ${name}, when the bundle is made`
    throw new ProxyError(
      'UNSUPPORTED',
      `Cannot use ${name}: this bundle was made without it, as nothing in it names it; ${remedy}`,
    )
  }
}
