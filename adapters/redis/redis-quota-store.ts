import type { RedisClientType } from 'redis'
import { AwayPolicy, type AwayPolicyOptions, type AwaySurroundings } from '../../src/algorithms/quota/away-policy.ts'
import type { QuotaGrant, QuotaRequest, QuotaStore } from '../../src/algorithms/quota/quota-store.ts'
import { ProxyError } from '../../src/errors.ts'
import { QUOTA_SCRIPT } from './quota-script.ts'

/** What is used of a client that `createClient` of the package redis made. */
export type RedisQuotaClient = Pick<RedisClientType, 'isReady' | 'sendCommand'>

/** Where a {@link RedisQuotaStore} counts. */
export interface RedisQuotaStoreOptions extends AwayPolicyOptions {
  /** A client that is connected, or connects again by itself, and has a listener for `error`; whoever made it ends it. */
  readonly client: RedisQuotaClient
  /** What its keys begin with. @default 'sluice:quota:' */
  readonly prefix?: string
  /** Is told once that Redis is away, and once that it is back. @default the console */
  readonly log?: AwaySurroundings['log']
}

/**
 * Counts in Redis 5 or later, or what speaks its protocol and runs Lua: for quotas that processes and machines share.
 * Looking and taking are one script, which Redis runs by itself, and by its own clock.
 *
 * While Redis is away everything passes, or nothing, as `whenAway` says; the log is told once.
 */
export class RedisQuotaStore implements QuotaStore {
  readonly isShared = true
  readonly #client: RedisQuotaClient
  readonly #prefix: string
  readonly #policy: AwayPolicy
  #scriptName: Promise<string> | undefined

  /** @throws INVALID_ARGUMENT for what is no client, and for options that it cannot use */
  constructor({ client, prefix = 'sluice:quota:', log = consoleLog, ...options }: RedisQuotaStoreOptions) {
    if (typeof client?.sendCommand !== 'function') {
      const state = 'client has no sendCommand; make it with createClient of the package redis'
      throw new ProxyError('INVALID_ARGUMENT', `Cannot create RedisQuotaStore: ${state}`)
    }
    this.#client = client
    this.#prefix = prefix
    this.#policy = new AwayPolicy(options, { name: 'Redis', log, now: () => performance.now(), setTimer })
  }

  /** Whether Redis did not answer when it was asked last. */
  get isAway(): boolean {
    return this.#policy.isAway
  }

  take(request: QuotaRequest): Promise<QuotaGrant> {
    return this.#policy.take(request.count, () => this.#run(request, request.count, request.least))
  }

  async give(request: Omit<QuotaRequest, 'least'>): Promise<void> {
    if (request.count > 0) await this.#policy.run(() => this.#run(request, -request.count, 0))
  }

  async reset(key: string): Promise<void> {
    await this.#policy.run(() => this.#send(['DEL', this.#prefix + key]))
  }

  async #run({ key, rule }: Omit<QuotaRequest, 'least'>, count: number, least: number): Promise<QuotaGrant> {
    const { limit, perMs, burst, initial, refill } = rule
    const parts = [limit, perMs, burst, initial, refill, count, least].map(String)
    const [taken, remaining, waitMs] = readAnswer(await this.#evaluate(['1', this.#prefix + key, ...parts]))
    return { taken, remaining, retryAfterMs: waitMs }
  }

  async #evaluate(parts: readonly string[]): Promise<unknown> {
    try {
      return await this.#send(['EVALSHA', await this.#loadScript(), ...parts])
    } catch (error) {
      // Redis was started anew, or somebody has flushed its scripts. It has not run, so it may be asked again.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      this.#scriptName = undefined
      return await this.#send(['EVAL', QUOTA_SCRIPT, ...parts])
    }
  }

  async #loadScript(): Promise<string> {
    this.#scriptName ??= this.#send(['SCRIPT', 'LOAD', QUOTA_SCRIPT]).then(String)
    try {
      return await this.#scriptName
    } catch (error) {
      this.#scriptName = undefined
      throw error
    }
  }

  /** A client that is not connected would keep commands until it is, and nobody waits for them then. */
  #send(command: string[]): Promise<unknown> {
    if (!this.#client.isReady) return Promise.reject(new Error('the client is not connected'))
    return this.#client.sendCommand(command)
  }
}

function readAnswer(answer: unknown): [taken: number, remaining: number, waitMs: number] {
  const numbers = Array.isArray(answer) ? answer.map(Number) : []
  const [taken = Number.NaN, remaining = Number.NaN, waitMs = Number.NaN] = numbers
  if (Number.isNaN(taken + remaining + waitMs))
    throw new Error(`the answer "${String(answer)}" is none of the script's`)
  return [taken, remaining, waitMs]
}

const consoleLog: AwaySurroundings['log'] = {
  error: (message) => console.error(message),
  info: (message) => console.info(message),
}

function setTimer(callback: () => void, delayMs: number): { cancel(): void } {
  const timer = setTimeout(callback, delayMs)
  return { cancel: () => clearTimeout(timer) }
}
