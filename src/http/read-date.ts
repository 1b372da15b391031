const MONTHS: readonly string[] = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const PATTERN = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/

/**
 * Reads a date as HTTP has it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7). The two obsolete forms, which no sender
 * may use, are not read.
 * @returns milliseconds since 1970; undefined when it is none
 */
export function readDate(text: string): number | undefined {
  const [, day, monthName = '', year, hour, minute, second] = PATTERN.exec(text) ?? []
  const month = MONTHS.indexOf(monthName)
  if (month < 0) return undefined
  const time = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return 1000 * (86_400 * daysSince1970(Number(year), month + 1, Number(day)) + time)
}

/** Of the Gregorian calendar; a year is counted from March, so that the day that comes and goes is its last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = (month + 9) % 12
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return 365 * marchYear + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day - 719_469
}
