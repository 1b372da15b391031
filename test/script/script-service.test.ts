import { describe, expect, test } from 'vitest'
import type { Service } from '../../src/algorithms/service/service.ts'
import type { ServiceOptions } from '../../src/algorithms/service/service-options.ts'
import { MessageStart } from '../../src/events.ts'
import { createScriptAlgo } from '../../src/script/script-algo.ts'
import { ScriptScope } from '../../src/script/script-scope.ts'

interface ScriptAlgo {
  readonly Service: new (options: unknown) => Service
}

function create(options: object, scope = new ScriptScope()): ServiceOptions {
  const { Service: ScriptService } = createScriptAlgo(scope) as ScriptAlgo
  return new ScriptService({ targets: ['127.0.0.1:80'], ...options }).options
}

describe('algo.Service of scripts', () => {
  test('takes times in seconds or with their unit, and sizes', () => {
    expect(
      create({
        slowStart: 10,
        pool: { maxIdle: '5s', queueTimeout: 0.5 },
        timeouts: { connect: 1, response: '1m', body: 2, exchange: 0 },
        health: { check: { type: 'http', path: '/up', interval: '2s', timeout: 1 }, passive: { failWindow: 3 } },
        retry: {
          perTryTimeout: 0.25,
          maxReplaySize: '16k',
          budget: { window: 5 },
          hedge: { percentile: 95, minDelay: 0.1 },
        },
        sticky: { by: 'header', name: 'x-user', ttl: '1h' },
      }),
    ).toMatchObject({
      slowStartMs: 10_000,
      pool: { maxIdleMs: 5000, queueTimeoutMs: 500 },
      timeouts: { connectMs: 1000, responseMs: 60_000, bodyMs: 2000, exchangeMs: 0 },
      health: { check: { intervalMs: 2000, timeoutMs: 1000, path: '/up' }, passive: { failWindowMs: 3000 } },
      retry: { perTryTimeoutMs: 250, maxReplayBytes: 16_384, budget: { windowMs: 5000 }, hedge: { minDelayMs: 100 } },
      sticky: { by: 'header', name: 'x-user', ttlMs: 3_600_000 },
    })
  })

  test('takes the names of the typed options as well', () => {
    expect(create({ retry: { perTryTimeoutMs: 250 }, slowStartMs: 1 })).toMatchObject({
      retry: { perTryTimeoutMs: 250 },
      slowStartMs: 1,
    })
  })

  test('refuses a time that is none, with its place', () => {
    expect(() => create({ health: { check: { type: 'tcp', interval: 'soon' } } })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/health\.check\.interval .*"soon"/),
      }),
    )
  })

  test('refuses an unknown option', () => {
    expect(() => create({ retry: { often: 1 } })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  test('gives a function that stickiness goes by the variables of the session', () => {
    const scope = new ScriptScope()
    const by = ({ head }: MessageStart): string => `${scope.context['_user']} ${head.path}`
    const { sticky } = create({ sticky: { by } }, scope) as {
      sticky: { by: (start: unknown, context: object) => string }
    }
    expect(sticky.by(new MessageStart({ path: '/a' }), { _user: 'ann' })).toBe('ann /a')
  })
})
