const UNRESERVED = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi

/**
 * A request's path in the form that routes compare, so that nobody gets past a route by writing its path another way:
 * characters that need no percent-encoding are decoded (RFC 3986 6.2.2.2), and the segments `.` and `..` are resolved
 * (5.2.4). An encoded slash (`%2F`) stays one; so do empty segments.
 * @param path without its query; what does not begin with a slash (`*`) is left as it is
 */
export function normalizePath(path: string): string {
  if (!path.startsWith('/')) return path
  const decoded = path.includes('%') ? path.replace(UNRESERVED, decodeURIComponent) : path
  return decoded.includes('/.') ? withoutDots(decoded) : decoded
}

function withoutDots(path: string): string {
  const names = path.split('/').slice(1)
  const kept: string[] = []
  names.forEach((name, i) => {
    if (name === '..') kept.pop()
    if (name !== '.' && name !== '..') kept.push(name)
    // What ends in a dot segment is a folder.
    else if (i === names.length - 1) kept.push('')
  })
  return `/${kept.join('/')}`
}
