/** Fields of HTTP that carry credentials, and names that say that a secret is meant. */
const SECRET_NAME =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$|secret|token|password|passphrase|credential|api-?key/i

/** What stands in messages in place of a secret. */
export const HIDDEN = '(not shown)'

/** Whether what stands under a name is probably a secret, which no message and no explanation shows. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}
