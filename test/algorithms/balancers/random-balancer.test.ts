import { RandomBalancer } from '../../../src/algorithms/balancers/random-balancer.ts'
import { balancerCases } from './balancer.cases.ts'

balancerCases('RandomBalancer', () => new RandomBalancer())
