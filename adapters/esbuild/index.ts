/** Pipy scripts in bundles: `import proxy from './proxy.js'` gives what the script's `pipy({…})` gives. */
export { type EsbuildPlugin, sluiceScripts } from './sluice-scripts.ts'
export { sluiceScriptsForVite, type VitePlugin } from './sluice-scripts-for-vite.ts'
export type { SluiceScriptsOptions } from './is-included.ts'
