import { algo, pipy } from 'sluice'
import { fileTargets, followTargets } from 'sluice/node'

/** Its targets are in the file beside this one, and change with it. Until they are known the proxy does not listen. */
const web = new algo.Service({ name: 'web', targets: [] })
await followTargets(web, fileTargets(new URL('targets.yaml', import.meta.url))).first

/** Sends each request to one of the targets of the moment. */
export default pipy()
  .listen(8000)
    .demuxHTTP('request')

  .pipeline('request')
    .forward(web)
