// Bundles the page into ./assets: content-hashed files, their licences, and manifest.json that
// names the two that the page's HTML asks for.
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";
import { writeLicences } from "./licences.mjs";

const shared = {
  bundle: true,
  minify: true,
  legalComments: "linked",
  target: "es2022",
  outdir: "assets",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".ttf": "file" },
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
  logLevel: "error",
};

const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};

const workers = await bundled({ entryPoints: WORKERS, format: "iife" });
const page = await bundled({
  entryPoints: { page: "page.jsx" },
  format: "esm",
  splitting: true,
  jsx: "automatic",
  define: { ...shared.define, WORKERS: JSON.stringify(fileNames(workers)) },
});
const { page: script } = fileNames(page);
const style = basename(page[`assets/${script}`].cssBundle);
await writeFile("assets/manifest.json", JSON.stringify({ script, style }));
const outputs = [...Object.values(workers), ...Object.values(page)];
await writeLicences(outputs.flatMap((output) => Object.keys(output.inputs)));

async function bundled(options) {
  const { metafile } = await build({ ...shared, ...options });
  return metafile.outputs;
}

function fileNames(outputs) {
  const entries = Object.keys(outputs).filter((file) => outputs[file].entryPoint);
  return Object.fromEntries(entries.map((file) => [nameOf(file), basename(file)]));
}

function nameOf(file) {
  return basename(file).replace(/-[^-]+$/, "");
}
