// The official tus server with its file store, for tests and benchmarks: node server.mjs FOLDER [named]
// It prints its port. "named": an upload's id follows from its metadata, so that creating a file twice leaves one.
import { createHash } from 'node:crypto'
import http from 'node:http'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const [folder, mode, port] = process.argv.slice(2)
const options = { path: '/files', maxSize: 20 * 1024 ** 3, datastore: new FileStore({ directory: folder }) }
if (mode === 'named') {
  options.namingFunction = (_request, metadata) =>
    createHash('sha256').update(metadata.relativePath).digest('hex').slice(0, 32)
}
const tus = new Server(options)
const server = http.createServer((request, response) => tus.handle(request, response))
server.listen(Number(port ?? 0), '127.0.0.1', () => console.log(server.address().port))
