/**
 * Sizes and times as Pipy scripts write them: `'16k'`, `'10s'`. Below src/script everything counts in bytes and
 * milliseconds, with the unit in the option's name.
 */

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }
const MS_PER_UNIT: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Reads a size: a number of bytes, or a whole number with the letter k, m, g or t (powers of 1024). As in Pipy,
 * decimals are cut: `'1.5m'` is one MiB.
 * @returns undefined when it is none
 */
export function readSizeBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? Math.floor(value) : undefined
  const parts = typeof value === 'string' ? /^(\d+)(?:\.\d*)?([kmgt]?)$/i.exec(value.trim()) : null
  return parts === null ? undefined : scale(parts, BYTES_PER_UNIT)
}

/**
 * Reads a time: a number of seconds, or a decimal number with the letter s, m, h or d.
 * `'500ms'` is refused: Pipy looks at the last letter only and takes it for 500 seconds, which nobody means.
 * @returns undefined when it is none
 */
export function readTimeMs(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? value * 1000 : undefined
  const parts = typeof value === 'string' ? /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/i.exec(value.trim()) : null
  return parts === null ? undefined : scale(parts, MS_PER_UNIT)
}

function scale([, digits = '', unit = '']: RegExpExecArray, factors: Readonly<Record<string, number>>): number {
  return Number(digits) * (factors[unit.toLowerCase()] ?? 1)
}
