export interface SluiceScriptsOptions {
  /** Which files may be Pipy scripts, by their path. @default /\.js$/, outside of node_modules */
  readonly include?: RegExp
}

/** Tells whether a file may be a Pipy script, by its path alone. */
export function isIncluded(path: string, { include }: SluiceScriptsOptions): boolean {
  if (include === undefined) return path.endsWith('.js') && !/[\\/]node_modules[\\/]/.test(path)
  // An expression with the flag g or y begins where it left off.
  include.lastIndex = 0
  return include.test(path)
}
