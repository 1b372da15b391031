import { encodeText } from '../../encode-text.ts'
import { Data } from '../../events.ts'

/** Signs texts, and tells whether a signature is one of ours: HMAC-SHA-256 by WebCrypto, whose comparison takes constant time. */
export class CookieKeys {
  readonly #secrets: readonly string[]
  #keys: readonly CryptoKey[] | undefined

  /** @param secrets the first one signs, all are accepted */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  /** Signs with one of the secrets. @returns 43 characters of base64url */
  async sign(text: string, index = 0): Promise<string> {
    const keys = await this.#import()
    const signature = await crypto.subtle.sign(
      'HMAC',
      keys[index] as CryptoKey,
      encodeText(text, 'utf8') as BufferSource,
    )
    return new Data(new Uint8Array(signature)).toString('base64url') as string
  }

  /** @returns which secret the text was signed with; -1 for none of them */
  async verify(text: string, signature: string): Promise<number> {
    const bytes = readSignature(signature)
    if (bytes === undefined) return -1
    const keys = await this.#import()
    const data = encodeText(text, 'utf8') as BufferSource
    for (const [i, key] of keys.entries()) {
      if (await crypto.subtle.verify('HMAC', key, bytes as BufferSource, data)) return i
    }
    return -1
  }

  async #import(): Promise<readonly CryptoKey[]> {
    this.#keys ??= await Promise.all(this.#secrets.map(importSecret))
    return this.#keys
  }
}

function importSecret(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', encodeText(secret, 'utf8') as BufferSource, algorithm, false, [
    'sign',
    'verify',
  ])
}

function readSignature(text: string): Uint8Array | undefined {
  return /^[\w-]{43}$/.test(text) ? new Data(text, 'base64url').bytes : undefined
}
