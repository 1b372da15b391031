import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseNodes } from '../find-rivals.ts'
import { generateLoad } from '../load/generate-load.ts'
import type { UpstreamPorts } from '../load/start-upstream.ts'
import { THIS_TREE } from '../machine/build-tree.ts'
import { type Laboratory, withRival } from '../measure.ts'
import type { BenchOptions } from '../options.ts'
import { alignColumns } from '../report/format-table.ts'
import { sluice } from '../rivals/sluice.ts'
import type { Work } from '../works.ts'
import { findSources } from './find-sources.ts'
import { type CpuProfile, type SelfTime, summarizeByFolder, summarizeProfile } from './summarize-profile.ts'

const FUNCTION_COUNT = 30
const FOLDER_COUNT = 12
const SAMPLE_INTERVAL_US = 200

/** Runs Sluice under V8's profiler at each work and prints the functions that take the most time themselves. */
export async function runProfile(options: BenchOptions, ports: UpstreamPorts, laboratory: Laboratory): Promise<void> {
  for (const node of chooseNodes(options.nodeMajors)) {
    for (const work of options.works) {
      const folder = join(laboratory.folder, `profile-${node.major}-${work.name}`)
      mkdirSync(folder)
      const interval = `--cpu-prof-interval=${SAMPLE_INTERVAL_US}`
      const rival = sluice({ tree: THIS_TREE, node, nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`, interval] })
      const { wrk, cores } = laboratory
      const seconds = laboratory.warmUpSeconds + laboratory.seconds
      const requestsPerSecond = await withRival(rival, work.setup, ports, laboratory, async ({ port }) => {
        const report = await generateLoad(work, { wrk, port, seconds, core: cores?.load, folder })
        return (report.requestCount * 1e6) / report.durationUs
      })
      printProfile(work, node.major, folder, requestsPerSecond)
    }
  }
}

function printProfile(work: Work, major: number, folder: string, requestsPerSecond: number): void {
  const name = readdirSync(folder).find((each) => each.endsWith('.cpuprofile'))
  if (name === undefined) throw new Error(`Cannot profile ${work.name}: node wrote no profile`)
  const kept = join(tmpdir(), `sluice-${work.name}-node${major}.cpuprofile`)
  copyFileSync(join(folder, name), kept)
  const times = summarizeProfile(findSources(JSON.parse(readFileSync(kept, 'utf8')) as CpuProfile))
  const title = `${work.title}, node ${major}: self time at ${Math.round(requestsPerSecond)} requests/s while profiled`
  const byFolder = formatTimes(summarizeByFolder(times).slice(0, FOLDER_COUNT))
  const byFunction = formatTimes(times.slice(0, FUNCTION_COUNT))
  process.stdout.write(
    `\n${title}\n\n${byFolder}\n\n${byFunction}\n\nThe whole profile, for Chrome's DevTools: ${kept}\n`,
  )
}

function formatTimes(times: readonly SelfTime[]): string {
  const shorten = (place: string): string => place.replace(/^file:\/\//, '').replace(THIS_TREE, '')
  return alignColumns(
    times.map(({ name, place, share }) => [
      `${(share * 100).toFixed(1).padStart(5)} %  ${shorten(name)}`,
      shorten(place),
    ]),
  )
}
