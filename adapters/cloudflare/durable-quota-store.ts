import { AwayPolicy, type AwayPolicyOptions } from '../../src/algorithms/quota/away-policy.ts'
import type { QuotaGrant, QuotaRequest, QuotaStore } from '../../src/algorithms/quota/quota-store.ts'
import { ProxyError } from '../../src/errors.ts'
import { consoleLog } from './console-log.ts'
import type { QuotaNamespace } from './sluice-quota.ts'

/** Where a {@link DurableQuotaStore} counts. */
export interface DurableQuotaStoreOptions extends AwayPolicyOptions {
  /** The binding to {@link SluiceQuota}: `env.SLUICE_QUOTA`. */
  readonly namespace: QuotaNamespace
}

/**
 * Counts in Durable Objects: for quotas that all Workers share. Each key has an object of its own, which lives near where
 * it was first asked for. Made once for an isolate, it serves all requests.
 *
 * While the platform does not answer everything passes, or nothing, as `whenAway` says; the console is told once.
 */
export class DurableQuotaStore implements QuotaStore {
  readonly isShared = true
  readonly #namespace: QuotaNamespace
  readonly #policy: AwayPolicy

  /** @throws INVALID_ARGUMENT for what is no binding, and for options that it cannot use */
  constructor({ namespace, ...options }: DurableQuotaStoreOptions) {
    if (typeof namespace?.idFromName !== 'function') {
      const state = 'namespace is no binding to a Durable Object; wrangler.toml names it'
      throw new ProxyError('INVALID_ARGUMENT', `Cannot create DurableQuotaStore: ${state}`)
    }
    this.#namespace = namespace
    this.#policy = new AwayPolicy(options, {
      name: 'a Durable Object',
      log: consoleLog,
      now: () => Date.now(),
      setTimer: (callback, delayMs) => {
        const timer = setTimeout(callback, delayMs)
        return { cancel: () => clearTimeout(timer) }
      },
    })
  }

  /** Whether no answer came when it was asked last. */
  get isAway(): boolean {
    return this.#policy.isAway
  }

  take({ key, rule, count, least }: QuotaRequest): Promise<QuotaGrant> {
    return this.#policy.take(count, () => this.#object(key).take(rule, count, least))
  }

  async give({ key, rule, count }: Omit<QuotaRequest, 'least'>): Promise<void> {
    if (count > 0) await this.#policy.run(() => this.#object(key).give(rule, count))
  }

  async reset(key: string): Promise<void> {
    await this.#policy.run(() => this.#object(key).reset())
  }

  /** One for each call: a stub belongs to the request that made it. */
  #object(key: string): ReturnType<QuotaNamespace['get']> {
    return this.#namespace.get(this.#namespace.idFromName(key))
  }
}
