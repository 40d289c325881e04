// The peer that federates: Hive Gateway over four sources that describe themselves by OpenAPI. GraphQL
// Mesh composes them, and what an order links to is asked for in batches, as its documentation has it:
// https://the-guild.dev/graphql/mesh/v1/schema-extensions (2026-11)
// The only argument is where each source listens: { "market": "http://...", ... }.
import { createServer } from 'node:http'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { getComposedSchemaFromConfig } from '@graphql-mesh/compose-cli'
import rest from '@graphql-mesh/transport-rest'
import { loadOpenAPISubgraph } from '@omnigraph/openapi'

const STREAMS = { market: 'orders', erp: 'invoices', wms: 'fulfillments', till: 'customers' }
const addresses = JSON.parse(process.argv[2])
const quiet = {
  log () {}, debug () {}, info () {}, warn: console.error, error: console.error, child: () => quiet
}

// A field of an order that a source's batch answers: the source's rows are joined by their `valueKey`.
function link (source, key, keysArgument, valueKey) {
  return `@resolveTo(sourceName: "${source}", sourceTypeName: "Query",
    sourceFieldName: "batch_${STREAMS[source]}", keyField: "${key}",
    keysArg: "input.${keysArgument}", result: "rows", valueKeyField: "${valueKey}")`
}

const supergraph = await getComposedSchemaFromConfig({
  subgraphs: Object.entries(STREAMS).map(([name, stream]) => ({
    sourceHandler: loadOpenAPISubgraph(name, {
      source: `${addresses[name]}/openapi.json?streams=${stream}`,
      endpoint: addresses[name],
      selectQueryOrMutationField: [{ type: 'query', fieldName: `batch_${stream}` }]
    })
  })),
  additionalTypeDefs: `
    extend type Sale {
      customer: Person ${link('till', 'buyer', 'refs', 'ref')}
      invoices: [Bill!] ${link('erp', 'ref', 'orders', 'order')}
      works: [Work!] ${link('wms', 'ref', 'orders', 'order')}
    }`
}, quiet)

const server = createServer(createGatewayRuntime({ supergraph, transports: { rest }, logging: false }))
server.listen(0, '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/graphql`)
})
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
