import { commandCases } from '../in-runtime/command.cases.ts'
import { BUN } from '../in-runtime/runtime-executables.ts'

commandCases('The command on Bun', BUN, 'adapters/bun/main.ts')
