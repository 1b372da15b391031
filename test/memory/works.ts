import { aborts } from './aborts.ts'
import { connects } from './connects.ts'
import { idle } from './idle.ts'
import { transfers } from './transfers.ts'
import { uploads } from './uploads.ts'
import { websockets } from './websockets.ts'
import type { Work } from './work.ts'

/** All of them, the short ones first. */
export const WORKS: readonly Work[] = [idle, uploads, websockets, connects, aborts, transfers]
