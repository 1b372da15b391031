import type { TestResult } from './read-results.ts'

/** What it means that a runtime lacks something. */
const LACKING: Readonly<Record<string, string>> = {
  tcpListen: 'the platform or the framework takes the connections; what it gives on is a `Request`',
  rawHeaders: 'requests leave by the platform’s `fetch`, which writes heads in its own way',
  upgrade: 'connections cannot be switched to another protocol',
  sharedSockets: 'an upstream connection serves one request',
}

/**
 * The suite's results as a table in Markdown: features by runtimes, and below it what was skipped and why.
 * @throws Error when a test failed, or a feature was not tried on a runtime
 */
export function formatTable(
  results: readonly TestResult[],
  features: readonly string[],
  runtimes: readonly string[],
): string {
  const failed = results.find(({ status }) => status === 'failed')
  if (failed !== undefined) {
    throw new Error(`Cannot write the table: "${failed.name}" (${failed.feature}) failed on ${failed.runtime}`)
  }
  const notes: string[] = []
  const rows = features.map((feature) => {
    const cells = runtimes.map((runtime) => {
      const own = results.filter((result) => result.feature === feature && result.runtime === runtime)
      return formatCell(own, notes, `${feature} on ${runtime}`)
    })
    return `| ${feature} | ${cells.join(' | ')} |`
  })
  return [
    `| | ${runtimes.join(' | ')} |`,
    `|---|${runtimes.map(() => ':-:|').join('')}`,
    ...rows,
    '',
    ...notes.map((note, i) => `${i + 1}. ${note}`),
    '',
    ...explainCapabilities(notes),
  ]
    .join('\n')
    .trimEnd()
}

function formatCell(results: readonly TestResult[], notes: string[], place: string): string {
  if (results.length === 0) throw new Error(`Cannot write the table: ${place} was not tried`)
  const skipped = results.filter(({ status }) => status === 'skipped')
  if (skipped.length === 0) return '✓'
  const isWhole = skipped.length === results.length
  const note = formatNote(skipped, isWhole)
  if (!notes.includes(note)) notes.push(note)
  return `${isWhole ? '–' : '✓'} <sup>${notes.indexOf(note) + 1}</sup>`
}

/** What is missing, each with the reason; of a whole feature the reasons alone. */
function formatNote(skipped: readonly TestResult[], isWhole: boolean): string {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))]
  return reasons
    .map((reason) => {
      const names = skipped.filter((result) => result.reason === reason).map(({ name }) => name)
      return isWhole ? shorten(reason) : `not ${names.map((name) => `“${name}”`).join(', ')}: ${shorten(reason)}`
    })
    .join('; ')
}

function shorten(reason: string): string {
  const capabilities = /^declares no (.*)$/.exec(reason)?.[1]?.split(', ')
  return capabilities?.map((capability) => `no \`${capability}\``).join(', ') ?? reason
}

/** One line for each capability that a note names. */
function explainCapabilities(notes: readonly string[]): string[] {
  return Object.entries(LACKING)
    .filter(([capability]) => notes.some((note) => note.includes(`no \`${capability}\``)))
    .map(([capability, meaning]) => `- no \`${capability}\`: ${meaning}`)
}
