/** The names that a script is given as parameters, in their order, after the scope. */
export const SCRIPT_GLOBAL_NAMES = [
  'pipy',
  'algo',
  'os',
  'Data',
  'Message',
  'MessageStart',
  'MessageEnd',
  'StreamEnd',
  'SessionEnd',
  'JSON',
  'URL',
  'Object',
  'console',
  'setTimeout',
  'setInterval',
  'queueMicrotask',
] as const

/** One of {@link SCRIPT_GLOBAL_NAMES}. */
export type ScriptGlobalName = (typeof SCRIPT_GLOBAL_NAMES)[number]
