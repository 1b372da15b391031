/** The host and the path with its query of a URL in its normal form, as that of a Request is. */
export function readUrl(url: string): { readonly host: string; readonly path: string } {
  const hostStart = url.indexOf('//') + 2
  const pathStart = url.indexOf('/', hostStart)
  const fragmentStart = url.indexOf('#', pathStart)
  const path = url.slice(pathStart, fragmentStart < 0 ? undefined : fragmentStart)
  return { host: url.slice(hostStart, pathStart), path }
}
