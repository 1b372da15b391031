import { join } from 'node:path'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'

/** A runtime's program and what comes before the file to run. */
export type RuntimeExecutable = readonly [file: string, ...fileArguments: string[]]

const program = (name: string): string => join(PROJECT_FOLDER, 'node_modules', '.bin', name)

/** With the permissions that README.md of the adapter asks for, and no more. */
export const DENO: RuntimeExecutable = [program('deno'), 'run', '--allow-net', '--allow-read', '--allow-env']

export const BUN: RuntimeExecutable = [program('bun')]
