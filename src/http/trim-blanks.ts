/**
 * Takes the spaces and tabs off both ends of a part of a text (OWS in RFC 9110 5.6.3). `String.trim` would take off
 * obs-text as well, and so read a name where others read another one.
 */
export function trimBlanks(text: string, start = 0, end = text.length): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
