// The peer in Node: Mercurius with its just-in-time compiler, over the same tables and the same query.
// One statement a request: a location comes with its position, which is faster here than a loader.
// --cache keeps rows in the process. Postgres is found by PGHOST, PGUSER, ...
import Fastify from 'fastify'
import mercurius from 'mercurius'
import postgres from 'postgres'

const MAX_AGE_MS = Number(process.env.MAX_AGE_SECONDS) * 1000
const KEPT_SKUS = 10_000
const isCached = process.argv.includes('--cache')
const sql = postgres({ max: 10, onnotice: () => {} })

const schema = `
  scalar Sku
  scalar DateTime
  enum AvailabilityStatus { IN_STOCK LOW_STOCK OUT_OF_STOCK BACKORDER UNKNOWN }
  enum ServedFrom { SOURCE PROJECTION }
  type Freshness { asOf: DateTime servedFrom: ServedFrom isStale: Boolean! }
  type Location { code: String! name: String }
  type LocationAvailability {
    location: Location onHand: Int availableToPromise: Int freshness: Freshness!
  }
  type Availability {
    sku: Sku! status: AvailabilityStatus! availableToSell: Int isComplete: Boolean!
    freshness: Freshness locations: [LocationAvailability!]
  }
  type Query { availability(skus: [Sku!]!): [Availability!] }
`

const loadPositions = skus => sql`
  SELECT p.sku, l.code, l.name, p.on_hand, p.committed, p.safety_stock, p.held, p.allocated,
    greatest(p.observed_at, s.watermark) AS as_of
  FROM position p
  JOIN location l ON l.id = p.location_id
  JOIN location_group_member m ON m.location_id = p.location_id
  JOIN location_group g ON g.id = m.group_id AND g.is_default
  LEFT JOIN source_stream s ON s.source_id = p.source_id AND s.stream = 'stock'
  WHERE p.sku = ANY(${skus}) ORDER BY p.sku, l.code`

const keptPositions = new Map()

async function positionsOf (skus) {
  const absent = skus.filter(sku => !keptPositions.has(sku))
  const found = new Map(skus.filter(sku => keptPositions.has(sku)).map(sku => [sku, keptPositions.get(sku)]))
  if (absent.length === 0) return found
  for (const sku of absent) found.set(sku, [])
  for (const row of await loadPositions(absent)) found.get(row.sku).push(row)
  if (isCached) for (const sku of absent) keep(sku, found.get(sku))
  return found
}

function keep (sku, rows) {
  if (keptPositions.size >= KEPT_SKUS) keptPositions.delete(keptPositions.keys().next().value)
  keptPositions.set(sku, rows)
}

function promiseOf (row) {
  if (row.on_hand === null) return null
  return Math.max(0, row.on_hand - row.committed - row.safety_stock - row.held - row.allocated)
}

function freshnessOf (asOf, now) {
  return { asOf, servedFrom: 'PROJECTION', isStale: now - asOf > MAX_AGE_MS }
}

function availabilityOf (sku, rows, now) {
  const locations = rows.map(row => ({
    location: { code: row.code, name: row.name }, onHand: row.on_hand, availableToPromise: promiseOf(row),
    freshness: freshnessOf(row.as_of, now)
  }))
  let sum = 0; let isComplete = rows.length > 0; let oldest = null
  for (const each of locations) {
    sum += each.availableToPromise ?? 0
    isComplete &&= each.availableToPromise !== null && !each.freshness.isStale
    if (oldest === null || each.freshness.asOf < oldest) oldest = each.freshness.asOf
  }
  return {
    sku, locations, isComplete, availableToSell: rows.length > 0 ? sum : null,
    status: !isComplete && sum === 0 ? 'UNKNOWN' : sum === 0 ? 'OUT_OF_STOCK' : sum <= 5 && isComplete ? 'LOW_STOCK' : 'IN_STOCK',
    freshness: oldest === null ? null : freshnessOf(oldest, now)
  }
}

const resolvers = {
  Query: {
    async availability (_, { skus }) {
      const now = Date.now()
      const found = await positionsOf([...new Set(skus)])
      return skus.map(sku => availabilityOf(sku, found.get(sku), now))
    }
  }
}

const app = Fastify()
app.register(mercurius, { schema, resolvers, jit: 1, path: '/graphql' })
const address = await app.listen({ host: '127.0.0.1', port: 0 })
console.log(`Listening on ${address}/graphql`)
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => { await app.close(); await sql.end(); process.exit(0) })
}
