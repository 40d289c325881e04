// Unpacks the browser, its libraries and its fonts into the folder that is given.
import { fileURLToPath } from "node:url";

process.env.TMPDIR = process.argv[2];
const { default: chromium, inflate } = await import("@sparticuz/chromium");
const packed = new URL("../bin/al2023.tar.br", import.meta.resolve("@sparticuz/chromium"));
await inflate(fileURLToPath(packed));
await chromium.executablePath();
