import { UpstreamProcess } from './upstream-process.ts'

/** Upstreams that can be put behind one proxy after another: to start them takes the longest. */
export class UpstreamGroup {
  readonly all: readonly UpstreamProcess[]

  /** Starts so many. `stop` ends them. */
  static async start(count = 10): Promise<UpstreamGroup> {
    const results = await Promise.allSettled(Array.from({ length: count }, () => UpstreamProcess.start()))
    const group = new UpstreamGroup(results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
    for (const result of results) {
      if (result.status === 'fulfilled') continue
      await group.stop()
      throw result.reason
    }
    return group
  }

  private constructor(all: readonly UpstreamProcess[]) {
    this.all = all
  }

  get addresses(): readonly string[] {
    return this.all.map(({ address }) => address)
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((upstream) => upstream.stop()))
  }
}
