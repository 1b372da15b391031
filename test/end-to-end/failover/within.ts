/**
 * Waits for something, but not for ever.
 * @param what as the message says it: "Cannot wait longer until …"
 */
export async function within<T>(timeoutMs: number, what: string, event: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Cannot wait longer until ${what}: ${timeoutMs} ms are over`)), timeoutMs)
  })
  try {
    return await Promise.race([event, timeout])
  } finally {
    clearTimeout(timer)
  }
}
