import type { AllResults, Played, PlayedStorm } from './all-runs.ts'
import { findings } from './findings.ts'
import { MAX_EJECTED_SHARE } from './guards.ts'
import type { Scenario } from './scenario.ts'
import { MEDIAN_MS, SIGMA, WORKERS } from './simulated-target.ts'

/** The page with all tables, as Markdown. */
export function createPage(results: AllResults): string {
  const { plan, scenarios, storms, requests } = results
  const played = [...new Set(scenarios.map(({ scenario }) => scenario))]
  return `${[
    '# Balancers in simulation',
    `\`npx node test/simulation/balancing/write-tables.ts --seed ${plan.seed} --requests ${plan.requests}\` writes this page and its pictures: ${count(scenarios.length + storms.length)} runs, ${count(requests)} requests. The same seed gives the same page, to the last digit.`,
    'The [balancers](README.md) and `Service` are the real ones, with its health checks, ejection, slow start, budget and limits; clients, targets, the network and the clock are [simulated](../../../test/simulation/balancing/README.md).',
    '## What it shows',
    findings(results)
      .map(({ text }) => `- ${text}`)
      .join('\n'),
    '![Latency by balancer and scenario](simulation-latencies.svg)',
    '## What is simulated',
    modelText(),
    ...played.map((scenario) => scenarioText(scenario, scenarios)),
    '## Retry storm',
    stormText(),
    stormTable(storms),
    '![Requests answered well during and after a brown-out](simulation-storms.svg)',
  ].join('\n\n')}\n`
}

function modelText(): string {
  return [
    `- A target has ${WORKERS} workers and a queue of 100; when that is full it answers 503. Half of its answers take ${MEDIAN_MS} ms or less (log-normal, σ ${SIGMA}). Like most servers it works on for clients that have given up.`,
    '- Requests come at random (Poisson), as many as keep the targets busy for 60 % of their time, from 100,000 users with a key each. They come however the answers are.',
    '- A request is tried at most three times, each time for a second, after a connection that failed or broke, a time-out, 500 or 503; never at the same target while another is available; within the budget of 20 %.',
    `- *Guarded*: a health check each second, two of which decide; ejection after five failures in a row or by success rate, of ${MAX_EJECTED_SHARE * 100} % of the targets at most. Otherwise the service knows only the balancer and the retries. With 1,000 targets all are guarded where there is something to guard against.`,
    '- Latencies are those of requests that were answered well, from when they came, all tries together. *Errors* are the others.',
    '- *Largest share*: what came to the target to which most came, as a multiple of the mean. *First*: the same for the first target, which is the slow, the crashed or the flapping one.',
    '- *Ejected*: at the same time, at most.',
  ].join('\n')
}

function scenarioText(scenario: Scenario, all: readonly Played[]): string {
  const runs = all.filter((run) => run.scenario === scenario)
  const sizes = [...new Set(runs.map(({ targets }) => targets))]
  const tables = sizes.map((targets) => {
    const sized = runs.filter((run) => run.targets === targets)
    return `${count(targets)} targets, ${count(sized[0]?.requests ?? 0)} requests in each run:\n\n${scenarioTable(sized)}`
  })
  return [`## ${scenario.title}`, scenario.text, ...tables].join('\n\n')
}

function scenarioTable(runs: readonly Played[]): string {
  const hasGuarded = runs.some(({ isGuarded }) => isGuarded)
  const header = [
    'balancer',
    ...(hasGuarded ? ['guarded'] : []),
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'errors',
    'retries',
    'largest share',
    'first',
    ...(hasGuarded ? ['ejected'] : []),
  ]
  const rows = runs.map((run) => [
    `\`${run.balancer}\``,
    ...(hasGuarded ? [run.isGuarded ? 'yes' : 'no'] : []),
    whole(run.p50Ms),
    whole(run.p99Ms),
    whole(run.p999Ms),
    count(run.errors),
    count(run.retries),
    run.largestShare.toFixed(2),
    run.firstShare.toFixed(2),
    ...(hasGuarded ? [run.isGuarded ? `${(run.largestEjectedShare * 100).toFixed(1)} %` : ''] : []),
  ])
  return table(header, rows)
}

function stormText(): string {
  return "Little room to spare, and from a fifth of the time to a third of it the brown-out from above. Up to three retries for each request, `power-of-two`, 100 targets, not guarded: what fails fails for want of room, and to leave targets out would make it less. *Recovered*: from the end of the brown-out until 99 % of each second's requests are answered well again. The limit is eight requests under way for each target."
}

function stormTable(storms: readonly PlayedStorm[]): string {
  const header = ['load', 'retries', 'requests', 'errors', 'tries per request', 'in the worst 10 s', 'recovered']
  const rows = storms.map((storm) => [
    `${Math.round(storm.load * 100)} %`,
    storm.defence.text,
    count(storm.requests),
    `${((100 * storm.errors) / storm.requests).toFixed(1)} %`,
    storm.amplification.toFixed(2),
    storm.worstAmplification.toFixed(2),
    Number.isFinite(storm.recoverySeconds) ? `${storm.recoverySeconds} s` : 'never',
  ])
  return table(header, rows)
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const isText = (i: number): boolean => rows.some((row) => /^[`a-z]/.test(row[i] ?? ''))
  return [line(header), line(header.map((_, i) => (isText(i) ? '---' : '--:'))), ...rows.map(line)].join('\n')
}

function whole(value: number): string {
  return count(Math.round(value))
}

function count(value: number): string {
  return value.toLocaleString('en')
}
