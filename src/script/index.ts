/** Pipy scripts: rewriting them to standard JavaScript, and running them on the typed configuration. */

// Reading a script
export { isPipyScript } from './is-pipy-script.ts'
export { rewriteScript, type RewriteOptions } from './rewrite-script.ts'
export { compileScript, type CompiledModule, type CompileScriptOptions } from './compile-script.ts'
export type { NameUse, RewrittenScript, ScriptManifest, ScriptSourceMap } from './rewritten-script.ts'

// Running it
export type { EvaluateScript } from './evaluate-script.ts'
export { instantiateScript } from './instantiate-script.ts'
export type { ScriptHost, ScriptLogLevel } from './script-host.ts'
export { locate } from './locate.ts'
