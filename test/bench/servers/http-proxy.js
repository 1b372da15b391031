// The proxy written with http-proxy: node http-proxy.js PORT FIRST SECOND
import http from 'node:http'
import httpProxy from 'http-proxy'

const [port, first, second] = process.argv.slice(2)
const proxy = httpProxy.createProxyServer({ agent: new http.Agent({ keepAlive: true, maxFreeSockets: 1024 }) })
proxy.on('error', (_error, _request, response) => response.writeHead?.(502).end('Bad Gateway\n'))

http
  .createServer((request, response) => {
    const isHi = request.url === '/hi' || request.url.startsWith('/hi/')
    proxy.web(request, response, { target: `http://127.0.0.1:${isHi ? second : first}` })
  })
  .listen(Number(port), '127.0.0.1', 4096)
