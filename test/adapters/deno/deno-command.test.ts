import { commandCases } from '../in-runtime/command.cases.ts'
import { DENO } from '../in-runtime/runtime-executables.ts'

commandCases('The command on Deno', DENO, 'adapters/deno/main.ts')
