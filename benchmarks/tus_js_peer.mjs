// tus-js-client on given files, for benchmarks: node tus_js_peer.mjs URL AT_ONCE FILE... (its package is found by NODE_PATH)
// It prints the seconds that the uploads took, without the start of node.
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'

const require = createRequire(import.meta.url)
const tus = require(require.resolve('tus-js-client', { paths: [process.env.TUS_JS] }))
const [endpoint, atOnce, list] = process.argv.slice(2)
const { readFileSync } = await import('node:fs')
const files = readFileSync(list, 'utf8').split('\n').filter(Boolean)

function send(path, number) {
  return new Promise((resolve, reject) => {
    const metadata = { filename: basename(path), filetype: 'x', relativePath: `${number}.dcm` }
    const options = { endpoint, chunkSize: 64 * 1024 * 1024, uploadSize: statSync(path).size, metadata }
    new tus.Upload(createReadStream(path), { ...options, onSuccess: resolve, onError: reject }).start()
  })
}

const todo = files.map((path, number) => [path, number])
const started = performance.now()
async function work() {
  for (let job = todo.shift(); job; job = todo.shift()) await send(...job)
}
await Promise.all(Array.from({ length: Number(atOnce) }, work))
console.log((performance.now() - started) / 1000)
