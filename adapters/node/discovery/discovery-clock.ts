import type { Transport } from '../../../src/transport.ts'

/** Time and chance of a source; tests give their own. */
export type DiscoveryClock = Pick<Transport, 'setTimer' | 'random'>
