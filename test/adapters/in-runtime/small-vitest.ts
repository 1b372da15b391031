/**
 * As much of vitest as the shared cases of transports use, for runtimes that vitest does not run in: their bundle has this
 * in its place. Each test writes a line of JSON with its name and what failed.
 */
import assert from 'node:assert'

type Body = () => void | Promise<void>

interface Suite {
  readonly names: readonly string[]
  readonly before: readonly Body[]
  readonly after: readonly Body[]
}

/** The outcome of one test. */
export interface TestOutcome {
  readonly name: string
  /** Absent when it passed. */
  readonly failure?: string
}

const MAX_TEST_MS = 15_000
const tests: { readonly suite: Suite; readonly name: string; readonly body: Body }[] = []
let suite: { names: string[]; before: Body[]; after: Body[] } = { names: [], before: [], after: [] }

export function describe(name: string, body: () => void): void {
  const outer = suite
  suite = { names: [...outer.names, name], before: [...outer.before], after: [...outer.after] }
  body()
  suite = outer
}

export function test(name: string, body: Body): void {
  tests.push({ suite, name, body })
}

export function beforeEach(body: Body): void {
  suite.before.push(body)
}

export function afterEach(body: Body): void {
  suite.after.push(body)
}

/** Runs what was described, one test after the other. */
export async function runTests(write: (outcome: TestOutcome) => void): Promise<void> {
  for (const { suite: own, name, body } of tests) {
    const bodies = [...own.before, body]
    const failures = await Promise.all([attempt(bodies)])
    failures.push(await attempt(own.after))
    const failure = failures.find((found) => found !== undefined)
    write({ name: [...own.names, name].join(' > '), ...(failure === undefined ? {} : { failure }) })
  }
}

async function attempt(bodies: readonly Body[]): Promise<string | undefined> {
  let timeout: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new Error(`not done after ${MAX_TEST_MS} ms`)), MAX_TEST_MS)
  })
  try {
    for (const body of bodies) await Promise.race([body(), tooLong])
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    clearTimeout(timeout)
  }
}

interface Matchers {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toBeUndefined(): void
  toContain(expected: unknown): void
  toHaveLength(expected: number): void
  toBeGreaterThan(expected: number): void
  toBeLessThan(expected: number): void
  toMatchObject(expected: object): void
}

/** Says what a value is to be; what else vitest could say fails as not being there. */
export function expect(actual: unknown): Matchers & {
  readonly not: Matchers
  readonly rejects: { toMatchObject(expected: object): Promise<void> }
} {
  const matchers = (isWanted: boolean): Matchers => {
    const check = (holds: boolean, what: string, expected?: unknown): void => {
      const given = actual instanceof Error ? String(actual) : JSON.stringify(actual)
      assert(holds === isWanted, `expected ${given} ${isWanted ? '' : 'not '}${what} ${JSON.stringify(expected) ?? ''}`)
    }
    return {
      toBe: (expected) => check(Object.is(actual, expected), 'to be', expected),
      toEqual: (expected) => check(isEqual(actual, expected), 'to equal', expected),
      toBeUndefined: () => check(actual === undefined, 'to be undefined'),
      toContain: (expected) =>
        check((actual as { includes(part: unknown): boolean }).includes(expected), 'to contain', expected),
      toHaveLength: (expected) =>
        check((actual as { length: number }).length === expected, 'to have the length', expected),
      toBeGreaterThan: (expected) => check((actual as number) > expected, 'to be greater than', expected),
      toBeLessThan: (expected) => check((actual as number) < expected, 'to be less than', expected),
      toMatchObject: (expected) => check(matches(actual, expected), 'to match', expected),
    }
  }
  return {
    ...matchers(true),
    not: matchers(false),
    rejects: {
      toMatchObject: async (expected) => {
        const reason = await (actual as Promise<unknown>).then(
          () => undefined,
          (error: unknown) => error,
        )
        expect(reason).toMatchObject(expected)
      },
    },
  }
}

function isEqual(actual: unknown, expected: unknown): boolean {
  try {
    assert.deepStrictEqual(actual, expected)
    return true
  } catch {
    return false
  }
}

function matches(actual: unknown, expected: object): boolean {
  if (typeof actual !== 'object' || actual === null) return false
  return Object.entries(expected).every(([name, value]) => isEqual((actual as Record<string, unknown>)[name], value))
}
