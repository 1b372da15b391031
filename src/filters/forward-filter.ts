import type { Service } from '../algorithms/service/service.ts'
import type { Context, Variables } from '../engine/context.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { MessageStart } from '../events.ts'
import type { ForwardPosition } from './forward-position.ts'
import { ForwardRequest, type RequestOwner } from './forward-request.ts'
import { SerialRequestFilter } from './serial-request-filter.ts'
import { createServiceAnswer } from './service-answer.ts'

/** A service, or what gives one for a request. */
export type ServiceProvider<V = Variables> = Service | ((context: Context<V>) => Service | Promise<Service>)

/** One session of forward: sends one request after the other, each once its predecessor is answered. */
export class ForwardFilter<V = Variables> extends SerialRequestFilter<ForwardRequest, V> implements RequestOwner {
  readonly #service: ServiceProvider<V>
  readonly #position: ForwardPosition

  constructor(pipeline: Pipeline<V>, service: ServiceProvider<V>, position: ForwardPosition) {
    super(pipeline, 'forward', createServiceAnswer)
    this.#service = service
    this.#position = position
  }

  /** The variables of the session. */
  get context(): Context<V> {
    return this.pipeline.context
  }

  /** The client's connection, if the session belongs to one. */
  get inbound(): InboundConnection | undefined {
    const { __inbound: inbound } = this.pipeline.context
    return inbound instanceof InboundConnection ? inbound : undefined
  }

  protected override startRequest(event: MessageStart): void {
    const given = this.#service
    if (typeof given !== 'function') return this.#forward(given, event)
    try {
      const service = given(this.pipeline.context)
      if (service instanceof Promise) this.#waitForService(service, event)
      else this.#forward(service, event)
    } catch (error) {
      this.failCallback(error)
    }
  }

  protected override leave(): boolean {
    const { carrier } = this
    this.carrier = undefined
    return carrier?.abandon() ?? false
  }

  #forward(service: Service, event: MessageStart): void {
    const pool = this.#position.poolOf(service)
    const request = new ForwardRequest(this, pool, event)
    this.carrier = request
    request.begin()
  }

  #waitForService(service: Promise<Service>, event: MessageStart): void {
    this.wait()
    service
      .then((value) => {
        if (!this.isOver) this.#forward(value, event)
      })
      .catch((error: unknown) => this.failCallback(error))
  }
}
