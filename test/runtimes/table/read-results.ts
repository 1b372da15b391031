/** One test of the suite, as it went. */
export interface TestResult {
  readonly runtime: string
  readonly feature: string
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped. */
  readonly reason: string
}

/** What vitest's reporter `json` writes, as far as it is used. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

/** The results of the suite in a report, which may have others as well. */
export function readResults(report: Report, features: readonly string[]): TestResult[] {
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ ancestorTitles }) => ancestorTitles.length === 2 && features.includes(ancestorTitles[1] ?? ''))
    .map(({ ancestorTitles, title, status }) => {
      const [runtime = '', feature = ''] = ancestorTitles
      const [, name = title, reason = ''] = /^(.*) \[skipped: (.*)\]$/.exec(title) ?? []
      return {
        runtime: runtime.replace(/ \[skipped: .*\]$/, ''),
        feature,
        name,
        status: status === 'passed' || status === 'failed' ? status : 'skipped',
        reason,
      }
    })
}
