/** What one part came to, for the page. */
export interface Chapter {
  readonly title: string
  /** What it tries and how, in a sentence or two. */
  readonly about: string
  /** How a reader runs it alone. */
  readonly command: string
  readonly isPassed: boolean
  /** The head of the table first. */
  readonly rows: readonly (readonly string[])[]
}

/** The page that says what was tried and what came of it. */
export function writeSafetyPage(
  chapters: readonly Chapter[],
  { isFull, seed }: { readonly isFull: boolean; readonly seed: string },
): string {
  const summary = chapters.map(({ title, isPassed }) => `| ${title} | ${isPassed ? 'held' : '**failed**'} |`)
  return `# What Sluice withstands

Sluice stands between strangers and services. This page says what was tried on it, on real sockets and in simulated
worlds, and what came of it. It is written by \`npm run safety\`, which runs all of it in minutes, and fails when a promise
is broken. This is the page of a run at ${isFull ? 'full' : 'that'} size, seed ${seed}, on Node ${process.versions.node}.

| part | |
|---|---|
${summary.join('\n')}

What the users of other JavaScript proxies suffer from, and the test that produces each of these faults, is listed in
[end-to-end](../end-to-end/README.md); where other parsers read the same bytes otherwise, and why, in
[DISAGREEMENTS.md](../oracle/DISAGREEMENTS.md).
${chapters.map(writeChapter).join('')}`
}

function writeChapter({ title, about, command, rows }: Chapter): string {
  const [head, ...body] = rows
  const table =
    head === undefined
      ? ['It gave no report.']
      : [toRow(head), `|${head.map(() => '---|').join('')}`, ...body.map(toRow)]
  return `
## ${title}

${about} Alone: \`${command}\`.

${table.join('\n')}
`
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
