import { MeasuredProxy } from './measured-proxy.ts'
import { until } from './until.ts'
import { type MemorySettings, showMegabytes, type WorkResult } from './work.ts'

const MAX_GROWTH_BYTES = 1e6
const AT_ONCE = 50

export interface CyclesOptions extends MemorySettings {
  /** What is opened and closed, for the reader. */
  readonly what: string
  readonly script: string
  /** Opens and closes one, in the `i`th way. Rejects when it does not end as it should. */
  readonly cycle: (proxyPort: number, i: number) => Promise<void>
  /** Whether the other side has seen the first `count` of them end. */
  readonly isOver: (count: number) => boolean
}

/**
 * Opens and closes something again and again. In the end the proxy has as many sockets as at the beginning, and has no more
 * in use than after half of the cycles: what leaks grows with every one of them.
 */
export async function runCycles(options: CyclesOptions): Promise<WorkResult> {
  const { what, isFull, isTiny, nodeFile, script } = options
  const count = isFull ? 10_000 : isTiny === true ? 40 : 500
  const proxy = await MeasuredProxy.start(script, nodeFile)
  try {
    const filesBefore = proxy.openFiles
    const half = await runPart(options, proxy, 0, count / 2)
    const whole = await runPart(options, proxy, count / 2, count)
    const growth = whole.liveBytes - half.liveBytes
    const filesAfter = proxy.openFiles
    return {
      text:
        `${count.toLocaleString('en')} ${what}: open files ${filesBefore} before, ${filesAfter} after; ` +
        `in use ${showMegabytes(half.liveBytes)} after half of them, ${showMegabytes(whole.liveBytes)} after all ` +
        `(at most ${showMegabytes(MAX_GROWTH_BYTES)} more); resident at most ${showMegabytes(half.peakBytes)} in the ` +
        `first half, ${showMegabytes(whole.peakBytes)} in the second`,
      isWithinBounds: growth <= MAX_GROWTH_BYTES && filesAfter <= filesBefore,
      figures: {
        count,
        filesBefore,
        filesAfter,
        liveBytesAfterHalf: half.liveBytes,
        liveBytesAfterAll: whole.liveBytes,
        peakBytesFirstHalf: half.peakBytes,
        peakBytesSecondHalf: whole.peakBytes,
      },
    }
  } finally {
    await proxy.stop()
  }
}

interface PartFigures {
  readonly peakBytes: number
  readonly liveBytes: number
}

async function runPart(
  { what, cycle, isOver }: CyclesOptions,
  proxy: MeasuredProxy,
  from: number,
  to: number,
): Promise<PartFigures> {
  const filesBefore = proxy.openFiles
  let next = from
  const work = async (): Promise<void> => {
    while (next < to) await cycle(proxy.port, next++)
  }
  const peakBytes = await proxy.peakDuring(async () => {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, to - from) }, work))
  })
  await until(`the other side has seen ${to} ${what} end`, () => isOver(to))
  await until("the proxy's sockets are closed", () => proxy.openFiles <= filesBefore)
  const liveBytes = await proxy.liveBytes()
  await until("the inspector's socket is closed", () => proxy.openFiles <= filesBefore)
  return { peakBytes, liveBytes }
}
