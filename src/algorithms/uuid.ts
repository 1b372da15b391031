/** A random UUID of version 4 as text (RFC 9562; Pipy's `algo.uuid`), from the runtime's secure source. */
export function uuid(): string {
  return crypto.randomUUID()
}
