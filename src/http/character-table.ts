/** Which bytes a part of an HTTP message may consist of, one table of 256 flags for each part (RFC 9110 5.6, RFC 9112). */
function createTable(isAllowed: (character: string, code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (isAllowed(String.fromCharCode(code), code) ? 1 : 0))
}

/** The tables, by what they are for. */
export const CHARACTER_TABLE = {
  /** Methods, field names, chunk extensions: RFC 9110 5.6.2. */
  token: createTable((character) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(character)),
  /** Field values and reason phrases: visible characters, obs-text, space and tab; RFC 9110 5.5. */
  fieldValue: createTable((_, code) => code === 9 || (code >= 32 && code !== 127)),
  /** Request targets: visible ASCII without "#", which never goes over the wire (RFC 9112 3.2). */
  target: createTable((character, code) => code > 32 && code < 127 && character !== '#'),
  /** Host without its port: registered names and IPv4 addresses; RFC 3986 3.2.2. No "/", "@", "?", "," or white space. */
  hostName: createTable((character) => /[A-Za-z0-9._~%!$&'()*+;=-]/.test(character)),
} as const
