import { unstable_readConfig as readConfig } from 'wrangler'

/** What wrangler.toml says about how the Worker is run. */
export interface WorkerSettings {
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
}

/** Reads wrangler.toml. Throws when it cannot be read, or names no compatibility date. */
export function readWorkerSettings(file: string): WorkerSettings {
  const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } = readConfig(
    { config: file },
    { hideWarnings: true },
  )
  if (compatibilityDate === undefined) throw new Error(`Cannot run the Worker: ${file} names no compatibility_date`)
  return { compatibilityDate, compatibilityFlags }
}
