/** Time without traffic after which TCP begins to ask whether the peer is still there. */
export const KEEP_ALIVE_DELAY_MS = 60_000
