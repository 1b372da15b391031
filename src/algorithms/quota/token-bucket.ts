import type { QuotaRule } from './quota-rule.ts'
import type { QuotaGrant } from './quota-store.ts'

/** Sums of fractions are that much too small at times: a token is due when this little of it is missing. */
const ROUNDING = 1e-9

/**
 * The tokens of one key: a token bucket as ITU-T I.371 and RFC 2697 have it, or Pipy's window. It keeps its content and a
 * time, and adds what is due when it is asked: no timer runs.
 */
export class TokenBucket {
  tokens: number
  /** When `tokens` was right; with windows, when the last one began. */
  sinceMs: number

  constructor(tokens: number, sinceMs: number) {
    this.tokens = tokens
    this.sinceMs = sinceMs
  }

  /**
   * Takes from `least` to `count` tokens, or none.
   * @param nowMs a clock that went back counts as one that stood still
   */
  take(rule: QuotaRule, count: number, least: number, nowMs: number): QuotaGrant {
    this.#refill(rule, nowMs)
    const whole = Math.floor(this.tokens + ROUNDING)
    const taken = whole >= least ? Math.min(count, whole) : 0
    this.tokens = Math.max(0, this.tokens - taken)
    const remaining = whole - taken
    return { taken, remaining, retryAfterMs: taken < count ? this.#untilMs(rule, least, nowMs) : 0 }
  }

  /** Adds tokens, as far as there is room. */
  give(rule: QuotaRule, count: number, nowMs: number): void {
    this.#refill(rule, nowMs)
    this.tokens = Math.min(rule.burst, this.tokens + count)
  }

  /** When it is full if nobody takes anything: then it need not be remembered. Infinity: never by itself. */
  fullAtMs({ limit, perMs, burst }: QuotaRule): number {
    const windows = (burst - this.tokens) / limit
    return this.sinceMs + (windows <= 0 ? 0 : Math.ceil(windows) * perMs)
  }

  #refill({ limit, perMs, burst, refill }: QuotaRule, nowMs: number): void {
    if (this.tokens >= burst) {
      this.sinceMs = Math.max(this.sinceMs, nowMs)
      return
    }
    const passedMs = nowMs - this.sinceMs
    if (passedMs <= 0 || perMs === Number.POSITIVE_INFINITY) return
    const windows = refill === 'window' ? Math.floor(passedMs / perMs) : passedMs / perMs
    this.tokens = Math.min(burst, this.tokens + windows * limit)
    this.sinceMs = refill === 'window' ? this.sinceMs + windows * perMs : nowMs
  }

  #untilMs({ limit, perMs, burst, refill }: QuotaRule, least: number, nowMs: number): number {
    if (least > burst || perMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    const windows = (least - this.tokens) / limit
    return Math.max(0, this.sinceMs + (refill === 'window' ? Math.ceil(windows) : windows) * perMs - nowMs)
  }
}
