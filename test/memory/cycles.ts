import { MeasuredProxy } from './measured-proxy.ts'
import { until } from './until.ts'
import { type MemorySettings, showMegabytes, type WorkResult } from './work.ts'

const MAX_GROWTH_BYTES = 16e6
/** Files that the process opens for itself when it first needs them. */
const MAX_OPEN_FILES_MORE = 8

export interface CyclesOptions extends MemorySettings {
  /** What is opened and closed, for the reader. */
  readonly what: string
  /** Of the proxy, for the full size; a twentieth of it otherwise. */
  readonly fullCount: number
  readonly atOnce: number
  readonly script: string
  /** Opens and closes one, in the `i`th way. */
  readonly cycle: (proxyPort: number, i: number) => Promise<void>
  /** Whether the other side has seen all of them end. */
  readonly isOver: () => boolean
}

/**
 * Opens and closes something again and again. In the end the proxy has as many sockets as at the beginning, and the second
 * half of the cycles has not made it grow: what leaks grows with every one of them.
 */
export async function runCycles(options: CyclesOptions): Promise<WorkResult> {
  const { what, isFull, isTiny, nodeFile, script, atOnce, isOver } = options
  const count = isFull ? options.fullCount : isTiny === true ? 40 : options.fullCount / 20
  const proxy = await MeasuredProxy.start(script, nodeFile)
  try {
    const filesBefore = proxy.openFiles
    await run(options, proxy.port, 0, count / 2)
    const half = await proxy.peakDuring(() => run(options, proxy.port, count / 2, (3 * count) / 4))
    const full = await proxy.peakDuring(() => run(options, proxy.port, (3 * count) / 4, count))
    const isBack = (): boolean => proxy.openFiles <= filesBefore + MAX_OPEN_FILES_MORE
    await until(`the proxy's sockets are closed (${atOnce} at once)`, isBack)
    const growth = full - half
    await until(`the other side has seen all ${what} end`, isOver)
    return {
      text:
        `${count.toLocaleString('en')} ${what}: ${filesBefore} open files before, ${proxy.openFiles} after; ` +
        `peak ${showMegabytes(half)} in the third quarter, ${showMegabytes(full)} in the last ` +
        `(at most ${showMegabytes(MAX_GROWTH_BYTES)} more)`,
      isWithinBounds: growth <= MAX_GROWTH_BYTES,
      figures: { count, filesBefore, filesAfter: proxy.openFiles, thirdQuarterBytes: half, lastQuarterBytes: full },
    }
  } finally {
    await proxy.stop()
  }
}

async function run({ cycle, atOnce }: CyclesOptions, port: number, from: number, to: number): Promise<void> {
  let next = from
  const work = async (): Promise<void> => {
    while (next < to) await cycle(port, next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, to - from) }, work))
}
