import { followTargets, kubernetesTargets, type KubernetesTargetsOptions } from 'sluice/node'
import { onTestFinished } from 'vitest'
import type { KubernetesApi } from '../../../support/kubernetes-api.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { RecordingService } from '../../../support/recording-service.ts'

interface Following {
  readonly service: RecordingService
  readonly log: RecordingLog
  readonly stop: () => void
}

/** Follows the service `web` of the namespace `shop`, and stops with the test. */
export function followKubernetes(api: KubernetesApi, options: Partial<KubernetesTargetsOptions> = {}): Following {
  const service = new RecordingService()
  const log = new RecordingLog()
  const source = kubernetesTargets({ server: api.url, namespace: 'shop', service: 'web', ...options })
  const stop = followTargets(service, source, { log, minRetryMs: 5, maxRetryMs: 20 })
  onTestFinished(() => stop())
  return { service, log, stop }
}
