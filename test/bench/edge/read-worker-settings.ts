import { unstable_readConfig as readConfig } from 'wrangler'

/** What wrangler.toml says about how the Worker is made and run. */
export interface WorkerSettings {
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
  /** Whether functions and classes keep their names when they are minified. wrangler's default is true. */
  readonly keepsNames: boolean
}

/** Reads wrangler.toml. Throws when it cannot be read, or names no compatibility date. */
export function readWorkerSettings(file: string): WorkerSettings {
  const {
    compatibility_date: compatibilityDate,
    compatibility_flags: compatibilityFlags,
    keep_names,
  } = readConfig({ config: file }, { hideWarnings: true })
  if (compatibilityDate === undefined) throw new Error(`Cannot run the Worker: ${file} names no compatibility_date`)
  return { compatibilityDate, compatibilityFlags, keepsNames: keep_names ?? true }
}
