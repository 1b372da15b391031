import { describeFramework } from '../frameworks.cases.ts'

describeFramework('hono', 'test/adapters/hono/application.ts')
