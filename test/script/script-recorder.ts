/** One call of a method of the typed configuration. */
export interface RecordedCall {
  readonly method: string
  readonly values: readonly unknown[]
}

/** Stands for a typed configuration and writes down what is called. */
export interface Recorder {
  readonly variables: object
  readonly calls: RecordedCall[]
}

/** Takes any method call, as the typed configuration with its many methods does. */
export function createRecorder(variables: object): Recorder {
  const calls: RecordedCall[] = []
  const recorder: object = new Proxy(
    { variables, calls },
    {
      get(target, name) {
        if (name in target) return target[name as keyof typeof target]
        return (...values: unknown[]) => {
          calls.push({ method: String(name), values })
          return recorder
        }
      },
    },
  )
  return recorder as Recorder
}

/** The function that a script gave to a method, as the engine would call it: with the context last. */
export function callbackOf(recorder: Recorder, method: string, index = 0): (...values: unknown[]) => unknown {
  const callback = recorder.calls.find((call) => call.method === method)?.values[index]
  if (typeof callback !== 'function') throw new Error(`The script gave no function to ${method}`)
  return callback as (...values: unknown[]) => unknown
}

/** A new session's context. */
export function contextOf(recorder: Recorder, inbound: unknown = null): Record<string, unknown> {
  return { ...recorder.variables, __inbound: inbound }
}
