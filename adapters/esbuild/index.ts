/**
 * Plugins for bundlers. `sluiceScripts`: `import proxy from './proxy.js'` gives what the `pipy({…})` of a script gives.
 * `leaveOutUnused`: a bundle has only the filters and algorithms that it uses.
 */
export type { EsbuildPlugin } from './esbuild-plugin.ts'
export type { SluiceScriptsOptions } from './is-included.ts'
export { leaveOutUnused, type LeaveOutUnusedOptions } from './leave-out-unused.ts'
export { sluiceScripts } from './sluice-scripts.ts'
export { sluiceScriptsForVite, type VitePlugin } from './sluice-scripts-for-vite.ts'
