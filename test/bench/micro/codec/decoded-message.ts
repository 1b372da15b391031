/** A message in the form in which decoders and encoders are compared. */
export interface DecodedMessage extends DecodedHead {
  readonly body: string
}

/** Its head: method and target, or status and its text; fields by lower-case name, without those of the connection. */
export interface DecodedHead {
  readonly start: readonly [string, string]
  readonly fields: Readonly<Record<string, string>>
}

/** Fields that belong to the connection or the framing: what one server adds there another leaves out. */
const CONNECTION_FIELDS = ['connection', 'keep-alive', 'transfer-encoding', 'content-length']

/** Takes a head as parsers tell it: names and values in turn. */
export function toDecodedHead(start: readonly [string, string], namesAndValues: readonly string[]): DecodedHead {
  const fields: Record<string, string> = {}
  for (let i = 0; i < namesAndValues.length; i += 2) {
    const name = String(namesAndValues[i]).toLowerCase()
    if (!CONNECTION_FIELDS.includes(name)) fields[name] = String(namesAndValues[i + 1])
  }
  return { start, fields }
}
