// Writes the JSON schemas that are shipped in common/schemas/answers/ from the forms in src/domain/answers/.
// usage: npm run schemas
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const top = join(dirname(fileURLToPath(import.meta.url)), "..");
const { outputFiles } = await build({
  absWorkingDir: top,
  entryPoints: ["src/domain/answers/answers.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  write: false,
});
const code = Buffer.from(outputFiles[0].contents).toString("base64");
const { ANSWERS, schemaFile, schemaText } = await import(`data:text/javascript;base64,${code}`);

const directory = join(top, "common", "schemas", "answers");
mkdirSync(directory, { recursive: true });
const names = Object.keys(ANSWERS);
for (const name of names) writeFileSync(join(directory, schemaFile(name)), schemaText(name));
const wanted = new Set(names.map(schemaFile));
for (const file of readdirSync(directory)) if (!wanted.has(file)) rmSync(join(directory, file));
