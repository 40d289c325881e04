// Writes the licences of every package that went into the bundle.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Write ./assets/LICENSES.txt for the packages that the inputs come from. */
export async function writeLicences(inputs) {
  const folders = new Set(inputs.map(packageFolder).filter(Boolean));
  const texts = await Promise.all([...folders].sort().map(noticeOf));
  await writeFile("assets/LICENSES.txt", texts.join(`\n${"-".repeat(80)}\n\n`));
}

function packageFolder(file) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json")));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}
