/** Writes what `graphql-http`'s audits say of a server: audit.mjs ADDRESS KEY FILE. */
import { writeFile } from "node:fs/promises";
import { auditServer } from "graphql-http";

const [address, key, file] = process.argv.slice(2);
const withHeaders = (url, init = {}) =>
  fetch(url, {
    ...init,
    headers: { ...init.headers, "X-Api-Key": key, "GraphQL-Require-Preflight": "1" },
  });
const results = await auditServer({ url: address, fetchFn: withHeaders });
const told = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
await writeFile(file, JSON.stringify(told));
