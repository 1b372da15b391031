import type { Connection, ConnectionHandler, Data, DirectConnection } from 'sluice'
import type { RequestRecord } from './ledger.ts'
import { TunnelEnd } from './tunnel-end.ts'
import type { World } from './world.ts'

/** The far end of a tunnel that the proxy itself has agreed to: a connection without HTTP. */
export class TunnelTarget implements ConnectionHandler {
  readonly #end: TunnelEnd

  constructor(connection: Connection, record: RequestRecord, world: World) {
    const direct = connection.direct as DirectConnection
    direct.attach(this)
    this.#end = new TunnelEnd(world, direct, `the target of ${record.id}`, record, false)
  }

  onData(data: Data): void {
    this.#end.onBytes(data.toString('latin1') ?? '')
  }

  onEnd(): void {
    this.#end.onEnd()
  }

  onDrain(): void {}

  onClose(): void {
    this.#end.onClose()
  }
}
