import { describeFramework } from '../frameworks.cases.ts'

describeFramework('itty-router', 'test/adapters/itty-router/application.ts')
