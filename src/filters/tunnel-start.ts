import { MessageStart } from '../events.ts'

/** The head of an answer that opens a tunnel: only from who goes on with the tunnel's bytes does an answer open one. */
export class TunnelStart extends MessageStart {}
