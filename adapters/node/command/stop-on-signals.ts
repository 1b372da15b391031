/** What `kill` and Ctrl+C send, by number: a process that ends by one exits with 128 and it. */
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const

type SignalName = keyof typeof SIGNALS

/**
 * Stops when it is told to: in good order on the first SIGTERM or SIGINT; on the second one the process exits at once,
 * with 128 and the signal's number.
 * @param stop stops in good order, and ends the process in the end
 * @param abandon what remains to be done before it exits at once
 */
export function stopOnSignals(stop: () => void, abandon: () => void = () => undefined): void {
  let isStopping = false
  for (const name of Object.keys(SIGNALS) as SignalName[]) {
    process.on(name, () => {
      if (isStopping) {
        abandon()
        process.exit(128 + SIGNALS[name])
      }
      isStopping = true
      stop()
    })
  }
}
