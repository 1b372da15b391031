import { afterAll, beforeAll, describe, vi } from 'vitest'
import { BAD_INPUT, THROWING, TOO_LARGE } from './bad-input.cases.ts'
import { COMPRESSED_BODIES, LARGE_BODIES, STREAMED_ANSWERS, STREAMED_REQUESTS, TRAILERS } from './bodies.cases.ts'
import { CUT_ANSWERS, FAILING_UPSTREAMS, LEAVING_CLIENTS } from './failures.cases.ts'
import { FEATURES } from './features.ts'
import { BODILESS, HEADER_FIELDS, METHODS } from './messages.cases.ts'
import { ROUTING } from './routing.cases.ts'
import { MANY_AT_ONCE, POOL, SESSIONS } from './sessions.cases.ts'
import type { RuntimeUnderTest, StartedProxy } from './support/runtime-under-test.ts'
import { type FeatureCases, runFeature } from './support/scenario.ts'
import { WEB_SOCKET } from './upgrade.cases.ts'

const CASES: readonly FeatureCases[] = [
  ROUTING,
  METHODS,
  HEADER_FIELDS,
  BODILESS,
  STREAMED_ANSWERS,
  STREAMED_REQUESTS,
  LARGE_BODIES,
  COMPRESSED_BODIES,
  TRAILERS,
  LEAVING_CLIENTS,
  FAILING_UPSTREAMS,
  CUT_ANSWERS,
  WEB_SOCKET,
  POOL,
  SESSIONS,
  MANY_AT_ONCE,
  THROWING,
  BAD_INPUT,
  TOO_LARGE,
]

/** What the proxy under test does, on a runtime. It is started once, for all of its tests. */
export function describeRuntime(runtime: RuntimeUnderTest): void {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
  const title = runtime.absent === undefined ? runtime.name : `${runtime.name} [skipped: ${runtime.absent}]`

  describe(title, () => {
    let proxy: StartedProxy | undefined

    beforeAll(async () => {
      if (runtime.absent === undefined) proxy = await runtime.start()
    })
    afterAll(() => proxy?.stop())

    for (const feature of FEATURES) {
      const cases = CASES.find((one) => one.feature === feature)
      if (cases === undefined) throw new Error(`Cannot try "${feature}": there are no cases of it`)
      runFeature(cases, runtime, () => proxy?.port ?? 0)
    }
  })
}
