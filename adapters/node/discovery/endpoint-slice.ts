/** What is read of an EndpointSlice of discovery.k8s.io/v1. Fields that the server leaves out may be null as well. */
export interface EndpointSlice {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string }
  readonly addressType: string
  readonly ports?: readonly SlicePort[] | null
  readonly endpoints?: readonly SliceEndpoint[] | null
}

export interface SlicePort {
  readonly name?: string | null
  readonly port?: number | null
}

export interface SliceEndpoint {
  /** All lead to the same place; the first is enough. */
  readonly addresses: readonly string[]
  readonly conditions?: {
    readonly ready?: boolean | null
    readonly serving?: boolean | null
    readonly terminating?: boolean | null
  } | null
  readonly nodeName?: string | null
  readonly zone?: string | null
  readonly targetRef?: { readonly kind?: string; readonly name?: string } | null
}
