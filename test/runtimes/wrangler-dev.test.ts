import { describeRuntime } from './runtime.cases.ts'
import { CLOUDFLARE_CAPABILITIES } from './support/cloudflare-capabilities.ts'
import { startProcess } from './support/start-process.ts'

describeRuntime({
  name: 'wrangler dev',
  capabilities: CLOUDFLARE_CAPABILITIES.fetch,
  kept: {
    "before the answer, with a reset: the upstream's connection is closed":
      'wrangler dev, which stands before the Worker, does not tell it of a client that leaves before the answer',
  },
  start: () =>
    startProcess(
      process.execPath,
      [
        'node_modules/wrangler/bin/wrangler.js',
        'dev',
        'test/runtimes/fetch-worker-under-test.ts',
        '--port=0',
        '--ip=127.0.0.1',
        '--inspector-port=0',
      ],
      {
        env: { CI: 'true', WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
        ready: /Ready on http:\/\/127\.0\.0\.1:(\d+)/,
      },
    ),
})
